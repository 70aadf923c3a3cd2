from kpi_service.api.routes import breaches, kpis, readings, values

ROUTERS = (kpis.router, readings.router, breaches.router, values.router)
