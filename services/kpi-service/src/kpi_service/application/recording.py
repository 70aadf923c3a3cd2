"""Readings that come in requests: a batch, a transaction."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeVar

from helmlog_events.envelope import Append, Appended, Metadata
from helmlog_events.store.postgres.rows import find_request
from helmlog_events.store.postgres.store import PostgresStore
from helmlog_events.store.postgres.transaction import Transaction
from helmlog_events.store.protocol import StoredRequest

from kpi_service.application.formats import Batch
from kpi_service.application.ingestion import Ingested, Ingestion
from kpi_service.application.instants import Window
from kpi_service.application.metrics import count_rows
from kpi_service.application.partitions import Partitions
from kpi_service.application.rows import Rejected, Rows
from kpi_service.application.source_gate import Sender, SourceGate
from kpi_service.domain.readings.reading import Lot

T = TypeVar("T")

REMOTE_WRITE: Final = "remote_write"
MOST_NAMED: Final = 1_000
"""Rejected rows that one answer names; those beyond are counted."""


@dataclass(frozen=True, slots=True)
class InTransaction:
    """The part of a store that a command's execution uses, on one transaction's connection.

    On that one alone: requests that each held a connection and waited for a second would use up
    the pool and wait for ever.
    """

    tx: Transaction

    async def append(self, append: Append) -> Appended:
        (appended,) = await self.tx.append(append)
        return appended

    async def find_request(self, tenant: str, key: str) -> StoredRequest | None:
        return await find_request(self.tx.raw, tenant, key)

    async def head(self) -> int:
        return int(await self.tx.raw.fetchval("SELECT coalesce(max(seq), 0) FROM event_log"))


@dataclass(frozen=True, slots=True)
class PreparedBatch:
    """`way` is how they came, for the metrics."""

    recording: Recording
    lots: Sequence[Lot]
    rejected: Sequence[Rejected]
    now: datetime
    sender: Sender
    way: str

    async def take(self, tenant: str, metadata: Metadata) -> Ingested:
        """Takes in all that can be; the rejected rows are those of all steps, in order."""

        async def append(tx: Transaction, result: Ingested) -> None:
            if result.writes:
                await tx.append(Append(tenant, metadata, result.writes))

        result, _ = await self.take_and(tenant, append)
        return result

    async def take_and(
        self, tenant: str, finish: Callable[[Transaction, Ingested], Awaitable[T]]
    ) -> tuple[Ingested, T]:
        """As `take`, where `finish` appends the events and whatever else the transaction ends in.

        It may be run again, on another transaction: until one holds.
        """
        recording = self.recording

        async def write() -> tuple[Ingested, T]:
            lots, late = await recording.partitions.admit(self.lots)
            async with recording.store.transaction() as tx:
                admitted = await recording.gate.admit(tx.raw, tenant, lots, self.sender)
                result = await recording.ingestion.take(tx.raw, tenant, admitted.lots, self.now)
                rejected = sorted([*self.rejected, *late, *admitted.rejected, *result.rejected])
                result = result._replace(rejected=rejected)
                return result, await finish(tx, result)

        result, finished = await recording.partitions.taking(write)
        count_rows(
            self.way,
            accepted=result.accepted,
            duplicates=result.duplicates,
            corrected=result.corrected,
            rejected=len(result.rejected),
        )
        return result, finished


@dataclass(frozen=True, slots=True)
class Recording:
    """Prepares batches; each is a transaction of its own."""

    store: PostgresStore
    ingestion: Ingestion
    partitions: Partitions
    window: Window
    gate: SourceGate

    def of_rows(self, batch: Batch, now: datetime, sender: Sender) -> PreparedBatch:
        rows = Rows(*self.window.at(now))
        rows.read(batch.rows, first=batch.first)
        return PreparedBatch(self, rows.lots, rows.rejected, now, sender, "http")

    def of_samples(self, lots: Sequence[Lot], now: datetime, sender: Sender) -> PreparedBatch:
        return PreparedBatch(self, lots, (), now, sender, REMOTE_WRITE)


@dataclass(frozen=True, slots=True)
class Tally:
    """What became of the rows so far; of the rejected ones the first `MOST_NAMED` are named."""

    accepted: int = 0
    duplicates: int = 0
    corrected: int = 0
    rejected: int = 0
    named: tuple[Rejected, ...] = ()

    @property
    def rows(self) -> int:
        return self.accepted + self.duplicates + self.corrected + self.rejected

    def with_batch(self, result: Ingested) -> Tally:
        return Tally(
            self.accepted + result.accepted,
            self.duplicates + result.duplicates,
            self.corrected + result.corrected,
            self.rejected + len(result.rejected),
            (*self.named, *result.rejected[: MOST_NAMED - len(self.named)]),
        )
