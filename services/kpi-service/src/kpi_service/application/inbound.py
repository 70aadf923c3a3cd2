"""Readings from Kafka: messages in, a batch and its position out, in one transaction."""

from __future__ import annotations

import asyncio
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

import orjson
import structlog
from aiokafka import ConsumerRecord
from helmlog_events import clock
from helmlog_events.envelope import Append, Metadata
from helmlog_events.kafka.claims import Claim, Fenced
from helmlog_events.pipeline.dead_letters import DeadLetter, bury
from helmlog_events.store.postgres.connections import is_connection_loss
from helmlog_events.store.postgres.store import PostgresStore
from helmlog_events.store.protocol import StoreUnavailable

from kpi_service.application.ingestion import Ingested, Ingestion
from kpi_service.application.instants import Window
from kpi_service.application.messages import MessageUnreadable, read_message
from kpi_service.application.metrics import count_rows
from kpi_service.application.partitions import Partitions
from kpi_service.application.rows import Rejected, Rows
from kpi_service.application.source_gate import SourceGate
from kpi_service.domain.readings.reading import Lot

_ACTOR = "system:readings"
_AT_A_TIME = 250
_log = structlog.get_logger(__name__)


class _Parts:
    """One tenant's raw readings of a batch, and which message each came in."""

    def __init__(self, oldest: datetime, newest: datetime) -> None:
        self.rows = Rows(oldest, newest)
        self._raw: list[Any] = []
        self._read = 0
        self._starts: list[int] = []
        self._messages: list[ConsumerRecord] = []

    def add(self, message: ConsumerRecord, parts: list[Any]) -> None:
        self._starts.append(len(self._raw))
        self._messages.append(message)
        self._raw.extend(parts)

    def read(self) -> None:
        """Reads those that were added since."""
        self.rows.read(self._raw[self._read :], first=self._read)
        self._read = len(self._raw)

    def letter(self, rejected: Rejected) -> DeadLetter:
        origin = bisect_right(self._starts, rejected.place) - 1
        part = rejected.place - self._starts[origin]
        content = orjson.dumps(self._raw[rejected.place])
        return DeadLetter.of(self._messages[origin], rejected.reason, part=part, value=content)


@dataclass(slots=True)
class _Batch:
    """`oldest` and `newest` bound when readings may have been observed."""

    oldest: datetime
    newest: datetime
    parts: dict[str, _Parts] = field(default_factory=dict)
    dead: list[DeadLetter] = field(default_factory=list)

    def add(self, message: ConsumerRecord, default_tenant: str) -> None:
        try:
            tenant, parts = read_message(message, default_tenant)
        except MessageUnreadable as error:
            self.dead.append(DeadLetter.of(message, str(error)))
            return
        of_tenant = self.parts.get(tenant)
        if of_tenant is None:
            of_tenant = self.parts[tenant] = _Parts(self.oldest, self.newest)
        of_tenant.add(message, parts)

    def read(self) -> None:
        for of_tenant in self.parts.values():
            of_tenant.read()


class ReadMessages(NamedTuple):
    """A batch, and what could be read of it."""

    messages: Sequence[ConsumerRecord]
    content: _Batch


@dataclass(frozen=True, slots=True)
class InboundReadings:
    """Handles the inbound topic; what can't be taken in is parked with its reason, the rest is."""

    store: PostgresStore
    ingestion: Ingestion
    partitions: Partitions
    window: Window
    default_tenant: str
    gate: SourceGate

    async def read(self, messages: Sequence[ConsumerRecord]) -> ReadMessages:
        """Reads what can be read, a part of it at a time."""
        batch = _Batch(*self.window.at(clock.now()))
        for start in range(0, len(messages), _AT_A_TIME):
            await asyncio.sleep(0)  # the batch before goes on
            for message in messages[start : start + _AT_A_TIME]:
                batch.add(message, self.default_tenant)
            batch.read()
        return ReadMessages(messages, batch)

    async def handle(self, claim: Claim, batch: ReadMessages) -> None:
        """As `BatchHandler`: raises `Fenced`, or what says that nothing can be done now."""
        try:
            await self.partitions.taking(lambda: self._take(claim, batch.messages, batch.content))
        except (Fenced, StoreUnavailable):
            raise
        except Exception as error:
            if is_connection_loss(error):
                raise
            await self._take_in_halves(claim, batch.messages, error)

    async def _take_in_halves(
        self, claim: Claim, messages: Sequence[ConsumerRecord], error: Exception
    ) -> None:
        """Closes in on the one message the database refuses, so that it alone is parked."""
        _log.warning("batch_split", size=len(messages), error=repr(error))
        if len(messages) == 1:
            reason = f"it could not be stored: {error!r}"
            letter = DeadLetter.of(messages[0], reason)
            await self._take(claim, messages, _Batch(*self.window.at(clock.now()), dead=[letter]))
            return
        middle = len(messages) // 2
        for half in (messages[:middle], messages[middle:]):
            await self.handle(claim, await self.read(half))

    async def _take(self, claim: Claim, messages: Sequence[ConsumerRecord], batch: _Batch) -> None:
        now = clock.now()
        dead = [*batch.dead]  # the batch itself stays as it was read: it may come again
        admitted: dict[str, Sequence[Lot]] = {}
        for tenant, parts in sorted(batch.parts.items()):
            admitted[tenant], late = await self.partitions.admit(parts.rows.lots)
            dead.extend(map(parts.letter, [*parts.rows.rejected, *late]))
        async with self.store.transaction() as tx:
            await claim.advance_past(tx.raw, messages[-1])
            appends: list[Append] = []
            results: list[Ingested] = []
            for tenant, lots in admitted.items():
                let_in = await self.gate.admit(tx.raw, tenant, lots, "broker")
                result = await self.ingestion.take(tx.raw, tenant, let_in.lots, now)
                rejected = [*let_in.rejected, *result.rejected]
                results.append(result)
                dead.extend(map(batch.parts[tenant].letter, rejected))
                if result.writes:
                    appends.append(Append(tenant, Metadata(actor=_ACTOR), result.writes))
            await bury(tx.raw, dead)
            await tx.append(*appends)
        count_rows(
            "kafka",
            accepted=sum(result.accepted for result in results),
            duplicates=sum(result.duplicates for result in results),
            corrected=sum(result.corrected for result in results),
            rejected=len(dead),
        )
