from kpi_service.api.routes import (
    breaches,
    catalogue,
    history,
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
    readings.router,
    breaches.router,
)
