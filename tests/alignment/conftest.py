import asyncio
from collections.abc import AsyncIterator

import pytest
from alignment_service.migrate import MIGRATIONS
from helmlog_events.migrate import run_migrations
from helmlog_local.testing import ProvidedPostgres

from tests.alignment.house import House, open_house
from tests.support.databases import APP, AUDITOR, Database, fresh_database


@pytest.fixture
async def database(
    postgres: ProvidedPostgres, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Database]:
    monkeypatch.setenv("HELMLOG_APP_ROLE", APP)
    monkeypatch.setenv("HELMLOG_AUDITOR_ROLE", AUDITOR)
    async with fresh_database(postgres, install=None) as database:
        await asyncio.to_thread(run_migrations, MIGRATIONS, database.owner)
        yield database


@pytest.fixture
async def house(database: Database) -> AsyncIterator[House]:
    async with open_house(database.app) as house:
        await house.open_cycle(house.cycle)
        yield house
