from kpi_service.api.routes import breaches, kpis, readings

ROUTERS = (kpis.router, readings.router, breaches.router)
