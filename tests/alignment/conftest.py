from collections.abc import AsyncIterator

import pytest
from alignment_service.application.handlers import PATIENCE
from alignment_service.migrate import MIGRATIONS
from helmlog_local.testing import ProvidedPostgres

from tests.alignment.house import House, open_house
from tests.support.databases import Database, fresh_database


@pytest.fixture
async def database(postgres: ProvidedPostgres) -> AsyncIterator[Database]:
    async with fresh_database(postgres, MIGRATIONS) as database:
        yield database


@pytest.fixture
async def house(database: Database) -> AsyncIterator[House]:
    async with open_house(database.app) as house:
        await house.open_cycle(house.cycle)
        yield house


@pytest.fixture
async def patient_house(database: Database) -> AsyncIterator[House]:
    """Its links wait for their ends, as those of the service do."""
    async with open_house(database.app, patience=PATIENCE) as house:
        await house.open_cycle(house.cycle)
        yield house
