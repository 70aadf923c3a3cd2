from kpi_service.api.routes import breaches, kpis, readings, remote_write, sources

ROUTERS = (kpis.router, readings.router, breaches.router, sources.router, remote_write.router)
