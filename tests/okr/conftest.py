from __future__ import annotations

from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
from helmlog_local.testing import ProvidedPostgres
from okr_service.migrate import MIGRATIONS

from tests.okr.house import House, Team, open_house
from tests.support.databases import Database, fresh_database


@pytest.fixture(scope="session")
async def okr_database(postgres: ProvidedPostgres) -> AsyncIterator[Database]:
    async with fresh_database(postgres, MIGRATIONS) as database:
        yield database


@pytest.fixture(scope="session")
async def house(okr_database: Database) -> AsyncIterator[House]:
    async with open_house(okr_database.app) as house:
        yield house


@pytest.fixture
def team(house: House) -> Team:
    """A tenant of its own for each test: nothing of another test is there."""
    return Team(house, f"team-{uuid4().hex}")
