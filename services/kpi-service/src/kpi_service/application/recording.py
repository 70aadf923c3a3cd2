"""Readings over HTTP: a batch, a transaction; the last one's holds the idempotency record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from helmlog_events.envelope import Append, Appended
from helmlog_events.store.postgres.rows import find_request
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
    ingestion: Ingestion
    partitions: Partitions
    gate: SourceGate
    lots: Sequence[Lot]
    rejected: Sequence[Rejected]
    now: datetime
    sender: Sender

    async def admit(self) -> PreparedBatch:
        """Without the readings of months that were put away; those of the others have partitions.

        To be asked before each transaction, as `Partitions.taking` does.
        """
        admitted, late = await self.partitions.admit(self.lots)
        return replace(self, lots=admitted, rejected=[*self.rejected, *late])

    async def take(self, tx: Transaction, tenant: str) -> Ingested:
        """Writes everything but the events; the rejected rows are those of all steps, in order."""
        admitted = await self.gate.admit(tx.raw, tenant, self.lots, self.sender)
        result = await self.ingestion.take(tx.raw, tenant, admitted.lots, self.now)
        rejected = sorted([*self.rejected, *admitted.rejected, *result.rejected])
        return result._replace(rejected=rejected)


@dataclass(frozen=True, slots=True)
class Recording:
    ingestion: Ingestion
    partitions: Partitions
    window: Window
    gate: SourceGate

    def prepare(self, batch: Batch, now: datetime, sender: Sender) -> PreparedBatch:
        rows = Rows(*self.window.at(now))
        rows.read(batch.rows, first=batch.first)
        return PreparedBatch(
            self.ingestion, self.partitions, self.gate, rows.lots, rows.rejected, now, sender
        )


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


def count(result: Ingested) -> None:
    """For the metrics, once it is committed."""
    count_rows(
        "http",
        accepted=result.accepted,
        duplicates=result.duplicates,
        corrected=result.corrected,
        rejected=len(result.rejected),
    )
