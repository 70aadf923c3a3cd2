from kpi_service.api.routes import (
    breach_dealings,
    breaches,
    catalogue,
    history,
    imports,
    kpis,
    latest,
    readings,
    service,
    targets,
    trees,
    values,
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
    breach_dealings.router,
    values.router,
    latest.router,
)
