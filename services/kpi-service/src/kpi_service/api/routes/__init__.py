from kpi_service.api.routes import breaches, kpis, latest, readings, values

ROUTERS = (kpis.router, readings.router, breaches.router, values.router, latest.router)
