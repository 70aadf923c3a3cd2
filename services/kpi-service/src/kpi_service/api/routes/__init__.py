from kpi_service.api.routes import analysis, breaches, kpis, readings

ROUTERS = (kpis.router, readings.router, breaches.router, analysis.router)
