from tests.kpi.api.conftest import client, http

__all__ = ["client", "http"]
