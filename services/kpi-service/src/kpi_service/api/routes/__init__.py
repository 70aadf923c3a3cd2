from kpi_service.api.routes import breaches, formulas, kpis, latest, readings, values

ROUTERS = (
    kpis.router,
    formulas.router,
    readings.router,
    breaches.router,
    values.router,
    latest.router,
)
