from collections.abc import AsyncIterator

import pytest
from helmlog_local.testing import ProvidedPostgres

from tests.kpi.databases import migrated_database
from tests.kpi.service import Service
from tests.support.databases import Database


@pytest.fixture(scope="session")
async def database(postgres: ProvidedPostgres) -> AsyncIterator[Database]:
    async with migrated_database(postgres) as database:
        yield database


@pytest.fixture
async def service(database: Database) -> AsyncIterator[Service]:
    async with Service.open(database.app) as service:
        yield service
