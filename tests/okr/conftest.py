from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
from helmlog_events.migrate import run_migrations
from helmlog_local.testing import ProvidedPostgres
from okr_service.migrate import MIGRATIONS

from tests.okr.house import House, Team, open_house
from tests.support.databases import APP, AUDITOR, Database, fresh_database


@pytest.fixture(scope="session")
async def okr_database(postgres: ProvidedPostgres) -> AsyncIterator[Database]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HELMLOG_APP_ROLE", APP)
        patch.setenv("HELMLOG_AUDITOR_ROLE", AUDITOR)
        async with fresh_database(postgres, install=None) as database:
            await asyncio.to_thread(run_migrations, MIGRATIONS, database.owner)
            yield database


@pytest.fixture(scope="session")
async def house(okr_database: Database) -> AsyncIterator[House]:
    async with open_house(okr_database.app) as house:
        yield house


@pytest.fixture
def team(house: House) -> Team:
    """A tenant of its own for each test: nothing of another test is there."""
    return Team(house, f"team-{uuid4().hex}")
