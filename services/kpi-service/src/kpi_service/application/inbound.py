"""Readings from Kafka: messages in, a batch and its position out, in one transaction."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

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
from kpi_service.application.rows import Rejected, read_rows
from kpi_service.application.source_gate import SourceGate
from kpi_service.domain.readings.reading import Reading

_ACTOR = "system:readings"
_log = structlog.get_logger(__name__)


class _Parts:
    """One tenant's raw readings of a batch, and which message each came in."""

    def __init__(self) -> None:
        self.raw: list[Any] = []
        self._starts: list[int] = []
        self._messages: list[ConsumerRecord] = []

    def add(self, message: ConsumerRecord, parts: list[Any]) -> None:
        self._starts.append(len(self.raw))
        self._messages.append(message)
        self.raw.extend(parts)

    def letter(self, rejected: Rejected) -> DeadLetter:
        origin = bisect_right(self._starts, rejected.place) - 1
        part = rejected.place - self._starts[origin]
        content = orjson.dumps(self.raw[rejected.place])
        return DeadLetter.of(self._messages[origin], rejected.reason, part=part, value=content)


@dataclass(slots=True)
class _Batch:
    parts: dict[str, _Parts] = field(default_factory=dict)
    readings: dict[str, list[Reading]] = field(default_factory=dict)
    dead: list[DeadLetter] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class InboundReadings:
    """Handles the inbound topic; what can't be taken in is parked with its reason, the rest is."""

    store: PostgresStore
    ingestion: Ingestion
    partitions: Partitions
    window: Window
    default_tenant: str
    gate: SourceGate

    async def handle(self, claim: Claim, messages: Sequence[ConsumerRecord]) -> None:
        """As `BatchHandler`: raises `Fenced`, or what says that nothing can be done now."""
        try:
            await self.partitions.taking(lambda: self._take(claim, messages, self._read(messages)))
        except (Fenced, StoreUnavailable):
            raise
        except Exception as error:
            if is_connection_loss(error):
                raise
            await self._take_in_halves(claim, messages, error)

    async def _take_in_halves(
        self, claim: Claim, messages: Sequence[ConsumerRecord], error: Exception
    ) -> None:
        """Closes in on the one message the database refuses, so that it alone is parked."""
        _log.warning("batch_split", size=len(messages), error=repr(error))
        if len(messages) == 1:
            reason = f"it could not be stored: {error!r}"
            letter = DeadLetter.of(messages[0], reason)
            await self._take(claim, messages, _Batch(dead=[letter]))
            return
        middle = len(messages) // 2
        await self.handle(claim, messages[:middle])
        await self.handle(claim, messages[middle:])

    async def _take(self, claim: Claim, messages: Sequence[ConsumerRecord], batch: _Batch) -> None:
        now = clock.now()
        for tenant, readings in batch.readings.items():
            batch.readings[tenant], late = await self.partitions.admit(readings)
            batch.dead.extend(map(batch.parts[tenant].letter, late))
        async with self.store.transaction() as tx:
            await claim.advance_past(tx.raw, messages[-1])
            appends: list[Append] = []
            results: list[Ingested] = []
            for tenant in sorted(batch.readings):
                read = batch.readings[tenant]
                admitted = await self.gate.admit(tx.raw, tenant, read, "broker")
                result = await self.ingestion.take(tx.raw, tenant, admitted.readings, now)
                result = result._replace(rejected=[*admitted.rejected, *result.rejected])
                results.append(result)
                batch.dead.extend(map(batch.parts[tenant].letter, result.rejected))
                if result.writes:
                    appends.append(Append(tenant, Metadata(actor=_ACTOR), result.writes))
            await bury(tx.raw, batch.dead)
            await tx.append(*appends)
        count_rows(
            "kafka",
            accepted=sum(result.accepted for result in results),
            duplicates=sum(result.duplicates for result in results),
            corrected=sum(result.corrected for result in results),
            rejected=len(batch.dead),
        )

    def _read(self, messages: Sequence[ConsumerRecord]) -> _Batch:
        oldest, newest = self.window.at(clock.now())
        batch = _Batch()
        for message in messages:
            try:
                tenant, parts = read_message(message, self.default_tenant)
            except MessageUnreadable as error:
                batch.dead.append(DeadLetter.of(message, str(error)))
                continue
            of_tenant = batch.parts.get(tenant)
            if of_tenant is None:
                of_tenant = batch.parts[tenant] = _Parts()
            of_tenant.add(message, parts)
        for tenant, of_tenant in batch.parts.items():
            read, rejected = read_rows(of_tenant.raw, oldest, newest)
            batch.dead.extend(map(of_tenant.letter, rejected))
            if read:
                batch.readings[tenant] = read
        return batch
