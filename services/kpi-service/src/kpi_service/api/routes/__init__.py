from kpi_service.api.routes import breaches, formulas, kpis, readings

ROUTERS = (kpis.router, formulas.router, readings.router, breaches.router)
