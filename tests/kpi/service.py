"""The write side over a real database, in a tenant of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from types import MappingProxyType
from typing import Any, Self
from uuid import UUID, uuid4

from helmlog_events.contracts.event import Event
from helmlog_events.contracts.kpi import SourceRegistered
from helmlog_events.contracts.reservations import NameReserved
from helmlog_events.envelope import ANY_VERSION, Append, Metadata, NewEvent, StreamWrite
from helmlog_events.ids import new_id, stream_id
from helmlog_events.store.postgres.connections import create_engine
from helmlog_events.store.postgres.store import PostgresStore
from kpi_service.application.catalogue import Catalogue
from kpi_service.application.ingestion import Ingested, Ingestion
from kpi_service.application.instants import Window
from kpi_service.application.partitions import Partitions
from kpi_service.application.publication import Publication
from kpi_service.application.rows import Rows
from kpi_service.application.source_book import SourceBook
from kpi_service.application.source_gate import SourceGate

from tests.kpi.domain.builders import DEFINED, START, policy_set

WINDOW = timedelta(seconds=1)
ACCEPTED = Window(datetime(2000, 1, 1, tzinfo=UTC), timedelta(days=1))


@dataclass
class Service:
    engine: Any
    store: PostgresStore
    ingestion: Ingestion
    partitions: Partitions
    tenant: str

    @classmethod
    @asynccontextmanager
    async def open(cls, url: str, tenant: str | None = None) -> AsyncIterator[Self]:
        engine = create_engine(url)
        store = PostgresStore(engine)
        try:
            yield cls(
                engine,
                store,
                Ingestion(Catalogue(), WINDOW),
                Partitions(engine),
                tenant or f"t{uuid4().hex[:12]}",
            )
        finally:
            await store.close()
            await engine.dispose()

    @property
    def publication(self) -> Publication:
        return Publication(self.store, WINDOW)

    @cached_property
    def gate(self) -> SourceGate:
        return SourceGate(self.ingestion.catalogue, SourceBook(), registered_only=False)

    async def define(
        self,
        slug: str,
        *rules: Any,
        effective_from: datetime = START,
        policy_fields: Mapping[str, Any] = MappingProxyType({}),
    ) -> UUID:
        kpi_id = new_id()
        defined = DEFINED.model_copy(update={"kpi_id": kpi_id, "slug": slug})
        policy = policy_set(*rules, effective_from=effective_from, **policy_fields)
        await self.append(stream_id("kpi_slug", slug), NameReserved(holder=kpi_id))
        await self.append(
            stream_id("kpi", kpi_id), defined, policy.model_copy(update={"kpi_id": kpi_id})
        )
        return kpi_id

    async def set_policy(self, kpi_id: UUID, **fields: Any) -> None:
        policy = policy_set(**fields)
        await self.append(stream_id("kpi", kpi_id), policy.model_copy(update={"kpi_id": kpi_id}))

    async def register(
        self,
        name: str,
        kpi_ids: tuple[UUID, ...] | None = None,
        *,
        source_id: UUID | None = None,
        key_digest: str = "0" * 64,
    ) -> UUID:
        source_id = source_id or new_id()
        registered = SourceRegistered(
            source_id=source_id, name=name, key_digest=key_digest, kpi_ids=kpi_ids
        )
        await self.append(stream_id("source_name", name), NameReserved(holder=source_id))
        await self.append(stream_id("source", source_id), registered)
        return source_id

    async def append(self, stream: str, *events: Event) -> None:
        write = StreamWrite(stream, ANY_VERSION, tuple(NewEvent(one, START) for one in events))
        await self.store.append(Append(self.tenant, Metadata(actor="test"), (write,)))

    async def ingest(self, raw: Sequence[Any], now: datetime | None = None) -> Ingested:
        now = now or datetime.now(UTC)
        rows = Rows(*ACCEPTED.at(datetime.now(UTC)))
        rows.read(raw)
        admitted, late = await self.partitions.admit(rows.lots)
        async with self.store.transaction() as tx:
            result = await self.ingestion.take(tx.raw, self.tenant, admitted, now)
            if result.writes:
                await tx.append(Append(self.tenant, Metadata(actor="test"), result.writes))
        return result._replace(rejected=[*rows.rejected, *late, *result.rejected])

    async def events(self, *types: type[Event]) -> list[Any]:
        async with self.engine.connect() as connection:
            rows = await connection.exec_driver_sql(
                "SELECT stream, version FROM event_log WHERE tenant = $1 AND type = ANY($2)"
                " ORDER BY seq",
                (self.tenant, [one.event_type for one in types]),
            )
            found = rows.all()
        told = []
        for stream, version in found:
            (record, *_) = await self.store.read_stream(
                self.tenant, stream, after_version=version - 1
            )
            told.append(record.event)
        return told

    async def rows(self, query: str, *arguments: Any) -> list[Any]:
        async with self.engine.connect() as connection:
            result = await connection.exec_driver_sql(query, (self.tenant, *arguments))
            return list(result.all())


def raw(kpi: str, place: int, value: Any, **fields: Any) -> dict[str, Any]:
    moment = START + place * timedelta(minutes=30)
    return {"kpi": kpi, "observed_at": moment.isoformat(), "value": value, **fields}
