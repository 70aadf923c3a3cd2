"""Readings over HTTP: one request, one batch, one transaction with its idempotency record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from helmlog_events.envelope import Append, Appended
from helmlog_events.store.postgres.rows import find_request
from helmlog_events.store.postgres.transaction import Transaction
from helmlog_events.store.protocol import StoredRequest

from kpi_service.application.ingestion import Ingested, Ingestion
from kpi_service.application.instants import Window
from kpi_service.application.partitions import Partitions
from kpi_service.application.rows import Rows, read_rows
from kpi_service.application.source_gate import Sender, SourceGate


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
    gate: SourceGate
    rows: Rows
    now: datetime
    sender: Sender

    async def take(self, tx: Transaction, tenant: str) -> Ingested:
        """Writes everything but the events; the rejected rows are those of all steps, in order."""
        admitted = await self.gate.admit(tx.raw, tenant, self.rows.read, self.sender)
        result = await self.ingestion.take(tx.raw, tenant, admitted.readings, self.now)
        rejected = sorted([*self.rows.rejected, *admitted.rejected, *result.rejected])
        return result._replace(rejected=rejected)


@dataclass(frozen=True, slots=True)
class Recording:
    ingestion: Ingestion
    partitions: Partitions
    window: Window
    gate: SourceGate

    async def prepare(
        self, raw_rows: Sequence[Any], now: datetime, sender: Sender
    ) -> PreparedBatch:
        """Reads the rows and makes sure of their partitions, before any transaction."""
        rows = read_rows(list(raw_rows), *self.window.at(now))
        await self.partitions.ensure(reading.observed_at for reading in rows.read)
        return PreparedBatch(self.ingestion, self.gate, rows, now, sender)
