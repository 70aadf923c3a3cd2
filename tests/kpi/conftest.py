from collections.abc import AsyncIterator

import pytest
from helmlog_local.testing import ProvidedPostgres
from kpi_service.migrate import MIGRATIONS

from tests.kpi.service import Service
from tests.support.databases import Database, fresh_database


@pytest.fixture(scope="session")
async def database(postgres: ProvidedPostgres) -> AsyncIterator[Database]:
    async with fresh_database(postgres, MIGRATIONS) as database:
        yield database


@pytest.fixture
async def service(database: Database) -> AsyncIterator[Service]:
    async with Service.open(database.app) as service:
        yield service
