from kpi_service.api.routes import breach_dealings, breaches, kpis, readings

ROUTERS = (kpis.router, readings.router, breaches.router, breach_dealings.router)
