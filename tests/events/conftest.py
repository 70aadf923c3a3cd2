from collections.abc import AsyncIterator

import pytest
from helmlog_events.store.postgres.connections import create_engine
from helmlog_events.store.postgres.store import PostgresStore
from helmlog_local.testing import ProvidedPostgres
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.support.databases import Database, fresh_database


@pytest.fixture
async def database(postgres: ProvidedPostgres) -> AsyncIterator[Database]:
    async with fresh_database(postgres) as database:
        yield database


@pytest.fixture
async def engine(database: Database) -> AsyncIterator[AsyncEngine]:
    engine = create_engine(database.app)
    yield engine
    await engine.dispose()


@pytest.fixture
async def postgres_store(engine: AsyncEngine) -> AsyncIterator[PostgresStore]:
    store = PostgresStore(engine)
    yield store
    await store.close()
