import pytest
from helmlog_events.store.memory import MemoryStore
from helmlog_events.store.postgres.store import PostgresStore
from helmlog_events.store.protocol import EventStore
from helmlog_events.testing.store_contract import StoreContract


class TestMemoryStore(StoreContract):
    @pytest.fixture
    async def store(self) -> EventStore:
        return MemoryStore()


class TestPostgresStore(StoreContract):
    @pytest.fixture
    async def store(self, postgres_store: PostgresStore) -> EventStore:
        return postgres_store
