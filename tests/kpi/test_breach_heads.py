from collections.abc import AsyncIterator

import pytest
from helmlog_events.envelope import SourcedEvent
from helmlog_local.testing import ProvidedPostgres
from kpi_service.migrate import MIGRATIONS
from kpi_service.readmodel.breach_projection import BreachHeads
from kpi_service.readmodel.projections import SOURCE
from sqlalchemy import text

from tests.kpi.domain.builders import rule
from tests.kpi.service import Service, raw
from tests.support.databases import fresh_database

_SHOWN = """
SELECT state, count(*) FROM breach_heads WHERE tenant = :tenant GROUP BY 1
"""
_WRITTEN = """
SELECT n_tup_ins, n_tup_upd FROM pg_stat_xact_user_tables WHERE relname = 'breach_heads'
"""


@pytest.fixture
async def service(postgres: ProvidedPostgres) -> AsyncIterator[Service]:
    """In a database of its own, which nobody follows: what is applied here is applied once."""
    async with fresh_database(postgres, MIGRATIONS) as database, Service.open(database.app) as one:
        yield one


async def test_a_page_of_the_log_writes_a_breach_once_however_much_it_tells_of_it(service):
    await service.define("demand", rule(value="20", recover="30"))
    # Each begins and ends, but for the last.
    await service.ingest([raw("demand", n, "50" if n % 2 else "15") for n in range(41)])
    page = [
        SourcedEvent(SOURCE, record)
        for record in await service.store.read_log(0, 100_000)
        if record.tenant == service.tenant
    ]
    assert sum("Threshold" in told.record.type for told in page) > 40
    async with service.engine.begin() as sql:
        await BreachHeads().apply(sql, page)
        shown = (await sql.execute(text(_SHOWN), {"tenant": service.tenant})).all()
        written = (await sql.execute(text(_WRITTEN))).one()
    assert dict(shown) == {"open": 1, "recovered": 20}
    assert written == (21, 0)
