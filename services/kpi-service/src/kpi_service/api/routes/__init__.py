from kpi_service.api.routes import (
    breaches,
    catalogue,
    history,
    imports,
    kpis,
    readings,
    service,
    targets,
    trees,
)

ROUTERS = (
    kpis.router,
    targets.router,
    service.router,
    trees.router,
    history.router,
    catalogue.router,
    imports.router,
    readings.router,
    breaches.router,
)
