"""Logs of several services, and the witness that journals them by hand-over, in any order."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import asyncpg
import httpx
from audit_service.bootstrap import assemble, create_chain_checker, create_pipeline
from audit_service.migrate import MIGRATIONS
from helmlog_events.contracts.event import Event
from helmlog_events.envelope import (
    ANY_VERSION,
    Append,
    Metadata,
    NewEvent,
    SourcedEvent,
    StreamWrite,
)
from helmlog_events.store.postgres.connections import create_engine
from helmlog_events.store.postgres.store import PostgresStore
from helmlog_events.testing.events import Noted
from helmlog_local.testing import ProvidedPostgres
from helmlog_web.testing import TestIssuer
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.support.databases import Database, fresh_database

TENANT = "acme"
START = datetime(2026, 1, 5, tzinfo=UTC)


def at(day: float) -> datetime:
    return START + timedelta(days=day)


async def _stay(_: asyncpg.Connection) -> None:
    """Tests hand events over themselves; no position moves."""


@dataclass
class House:
    databases: dict[str, Database]
    engines: dict[str, AsyncEngine]
    stores: dict[str, PostgresStore]
    client: httpx.AsyncClient
    issuer: TestIssuer
    journaled: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.pipeline = create_pipeline(self.stores["audit"])
        self.checker = create_chain_checker(self.stores["audit"])

    @property
    def logs(self) -> dict[str, str]:
        return {source: database.auditor for source, database in self.databases.items()}

    async def say(self, source: str, stream: str, *events: Event, day: float = 0) -> None:
        news = tuple(NewEvent(event, at(day)) for event in events)
        write = StreamWrite(stream, ANY_VERSION, news)
        await self.stores[source].append(Append(TENANT, Metadata("anna"), (write,)))

    async def note(self, source: str, count: int) -> None:
        """Appends `count` notes, in three streams by turns."""
        for number in range(count):
            await self.say(source, f"note-{number % 3}", Noted(text=f"note {number + 1}"))

    async def unheard(self, source: str) -> list[SourcedEvent]:
        records = await self.stores[source].read_log(self.journaled.get(source, 0), 100_000)
        return [SourcedEvent(source, record) for record in records]

    async def journal(self, *sources: str) -> None:
        """Hands over what the logs have said since."""
        for source in sources or self.databases:
            events = await self.unheard(source)
            if events:
                await self.hear(events)
                self.journaled[source] = events[-1].record.seq

    async def hear(self, events: Sequence[SourcedEvent]) -> None:
        await self.pipeline.process(events, _stay)

    async def check(self) -> None:
        while await self.checker.check():
            pass

    async def tamper(self, database: str, *statements: str) -> None:
        """As a superuser who has switched the triggers off."""
        connection = await asyncpg.connect(self.databases[database].superuser)
        await connection.execute("SET session_replication_role = replica")
        for statement in statements:
            await connection.execute(statement)
        await connection.close()


@asynccontextmanager
async def open_house(postgres: ProvidedPostgres, sources: Iterable[str]) -> AsyncIterator[House]:
    """Logs of `sources` beside the witness."""
    async with AsyncExitStack() as stack:
        databases = {}
        for source in sources:
            databases[source] = await stack.enter_async_context(fresh_database(postgres))
        audit = await stack.enter_async_context(fresh_database(postgres, MIGRATIONS))
        databases["audit"] = audit
        engines = {name: create_engine(database.app) for name, database in databases.items()}
        stores = {name: PostgresStore(engine) for name, engine in engines.items()}
        issuer = TestIssuer()
        logs = {name: database.auditor for name, database in databases.items()}
        app = assemble(engines["audit"], issuer.authenticator, logs)
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(app),
            base_url="http://audit",
            headers=issuer.headers("auditor", tenant=TENANT),
        ) as client:
            yield House(databases, engines, stores, client, issuer)
        for store in stores.values():
            await store.close()
        for engine in engines.values():
            await engine.dispose()
