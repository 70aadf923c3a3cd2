"""A tenant nobody has written to yet.

What is in the log stays there, so a company can't be told twice into one tenant: names and slugs
are taken, readings are duplicates, and nothing would move. So each demo takes a fresh tenant: the
first `demo`, for which `make token` gives tokens, then `demo-2` and so on.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from helmlog_local.demo.api import Api, DemoFailed
from helmlog_local.issuer import LocalIssuer

_FIRST = "demo"
_MOST = 1_000


@asynccontextmanager
async def fresh_tenant(origin: str, issuer: LocalIssuer) -> AsyncIterator[tuple[str, Api]]:
    """Its name, and the services as its administrator sees them; raises DemoFailed."""
    for number in range(1, _MOST):
        tenant = _FIRST if number == 1 else f"{_FIRST}-{number}"
        async with Api(origin, issuer.issue("admin", tenant)) as api:
            if await _is_empty(api):
                yield tenant, api
                return
    raise DemoFailed(f"{_MOST} demos are in this stack already; 'make clean' makes room")


async def _is_empty(api: Api) -> bool:
    cycles = await api.get("/okr/v1/cycles", limit=1)
    kpis = await api.get("/kpi/v1/kpis", limit=1)
    return not cycles["items"] and not kpis["items"]
