from kpi_service.api.routes import (
    breaches,
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
    readings.router,
    breaches.router,
)
