"""Readings from Kafka: messages in, a batch and its position out, in one transaction."""

from __future__ import annotations

import asyncio
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

import orjson
import structlog
from aiokafka import ConsumerRecord
from helmlog_events import clock
from helmlog_events.envelope import Append, Metadata
from helmlog_events.kafka.claims import Claim, Fenced, advance_past
from helmlog_events.kafka.together import Together
from helmlog_events.pipeline.dead_letters import DeadLetter, bury
from helmlog_events.store.postgres.connections import is_outage
from helmlog_events.store.postgres.store import PostgresStore

from kpi_service.application.ingestion import Ingested, Ingestion
from kpi_service.application.instants import Window
from kpi_service.application.messages import MessageUnreadable, read_message
from kpi_service.application.metrics import count_rows
from kpi_service.application.partitions import Partitions
from kpi_service.application.rows import Rejected, Rows
from kpi_service.application.source_gate import SourceGate
from kpi_service.domain.readings.reading import Lot

_ACTOR = "system:readings"
_READ_AT_ONCE = 250
_TOGETHER = 5_000
"""Readings of several partitions in one transaction."""
_AT_ONCE = 3
"""Transactions: one is committed while Python works on the next, and one waits for its rows."""
_MOST_PLACES = 2**32
"""More than a batch has rows."""
_log = structlog.get_logger(__name__)


class _Parts:
    """One tenant's raw readings of a batch, and which message each came in.

    Their places are counted from `first`, which tells those of one batch from those of another.
    """

    def __init__(self, oldest: datetime, newest: datetime, first: int) -> None:
        self.rows = Rows(oldest, newest)
        self._first = first
        self._raw: list[Any] = []
        self._read = 0
        self._starts: list[int] = []
        self._messages: list[ConsumerRecord] = []

    def __len__(self) -> int:
        return len(self._raw)

    def add(self, message: ConsumerRecord, parts: list[Any]) -> None:
        self._starts.append(len(self._raw))
        self._messages.append(message)
        self._raw.extend(parts)

    def read(self) -> None:
        """Reads those that were added since."""
        self.rows.read(self._raw[self._read :], first=self._first + self._read)
        self._read = len(self._raw)

    def letter(self, rejected: Rejected) -> DeadLetter:
        place = rejected.place - self._first
        origin = bisect_right(self._starts, place) - 1
        part = place - self._starts[origin]
        content = orjson.dumps(self._raw[place])
        return DeadLetter.of(self._messages[origin], rejected.reason, part=part, value=content)


@dataclass(slots=True)
class _Batch:
    """`oldest` and `newest` bound when readings may have been observed."""

    oldest: datetime
    newest: datetime
    number: int
    """Of its partition; no two batches of one are taken in at once."""
    parts: dict[str, _Parts] = field(default_factory=dict)
    dead: list[DeadLetter] = field(default_factory=list)

    @property
    def size(self) -> int:
        """Readings."""
        return sum(map(len, self.parts.values()))

    def add(self, message: ConsumerRecord, default_tenant: str) -> None:
        try:
            tenant, parts = read_message(message, default_tenant)
        except MessageUnreadable as error:
            self.dead.append(DeadLetter.of(message, str(error)))
            return
        of_tenant = self.parts.get(tenant)
        if of_tenant is None:
            first = self.number * _MOST_PLACES
            of_tenant = self.parts[tenant] = _Parts(self.oldest, self.newest, first)
        of_tenant.add(message, parts)

    def read(self) -> None:
        for of_tenant in self.parts.values():
            of_tenant.read()


class ReadMessages(NamedTuple):
    """A batch, and what could be read of it."""

    messages: Sequence[ConsumerRecord]
    content: _Batch


class _Coming(NamedTuple):
    claim: Claim
    batch: ReadMessages


class InboundReadings:
    """Handles the inbound topic; what can't be taken in is parked with its reason, the rest is.

    Batches of several partitions that wait at a time are taken in together.
    """

    def __init__(
        self,
        store: PostgresStore,
        ingestion: Ingestion,
        partitions: Partitions,
        window: Window,
        default_tenant: str,
        gate: SourceGate,
    ) -> None:
        self._store = store
        self._ingestion = ingestion
        self._partitions = partitions
        self._window = window
        self._default_tenant = default_tenant
        self._gate = gate
        self._together = Together(
            self._take_or_halve,
            lambda one: one.batch.content.size,
            apart=lambda error: not is_outage(error),
            most=_TOGETHER,
            at_once=_AT_ONCE,
        )

    async def read(self, messages: Sequence[ConsumerRecord]) -> ReadMessages:
        """Reads what can be read, a part of it at a time."""
        batch = self._batch(messages)
        for start in range(0, len(messages), _READ_AT_ONCE):
            await asyncio.sleep(0)  # the batch before goes on
            for message in messages[start : start + _READ_AT_ONCE]:
                batch.add(message, self._default_tenant)
            batch.read()
        return ReadMessages(messages, batch)

    async def handle(self, claim: Claim, batch: ReadMessages) -> None:
        """As `BatchHandler`: raises `Fenced`, or what says that nothing can be done now."""
        await self._together.do(_Coming(claim, batch))

    def _batch(self, messages: Sequence[ConsumerRecord]) -> _Batch:
        return _Batch(*self._window.at(clock.now()), messages[0].partition)

    async def _take_or_halve(self, coming: Sequence[_Coming]) -> None:
        try:
            await self._partitions.taking(lambda: self._take(coming))
        except Exception as error:
            if len(coming) > 1 or isinstance(error, Fenced) or is_outage(error):
                raise
            await self._halve(coming[0], error)

    async def _halve(self, coming: _Coming, error: Exception) -> None:
        """Closes in on the one message the database refuses, so that it alone is parked."""
        claim, (messages, _) = coming
        _log.warning("batch_split", size=len(messages), error=repr(error))
        if len(messages) == 1:
            parked = self._batch(messages)
            parked.dead.append(DeadLetter.of(messages[0], f"it could not be stored: {error!r}"))
            await self._partitions.taking(
                lambda: self._take([_Coming(claim, ReadMessages(messages, parked))])
            )
            return
        middle = len(messages) // 2
        for half in (messages[:middle], messages[middle:]):
            await self._take_or_halve([_Coming(claim, await self.read(half))])

    async def _take(self, coming: Sequence[_Coming]) -> None:
        now = clock.now()
        batches = {one.batch.content.number: one.batch.content for one in coming}
        # The batches themselves stay as they were read: they may come again.
        dead = [letter for batch in batches.values() for letter in batch.dead]
        admitted: dict[str, Sequence[Lot]] = {}
        tenants = {tenant for batch in batches.values() for tenant in batch.parts}

        def bury_rows(tenant: str, rejected: Iterable[Rejected]) -> None:
            for one in rejected:
                parts = batches[one.place // _MOST_PLACES].parts[tenant]
                dead.append(parts.letter(one))

        for tenant in sorted(tenants):
            rows = [batch.parts[tenant].rows for batch in batches.values() if tenant in batch.parts]
            lots = [lot for one in rows for lot in one.lots]
            admitted[tenant], late = await self._partitions.admit(lots)
            bury_rows(tenant, [*(each for one in rows for each in one.rejected), *late])
        async with self._store.transaction() as tx:
            await advance_past(tx.raw, [(one.claim, one.batch.messages[-1]) for one in coming])
            appends: list[Append] = []
            results: list[Ingested] = []
            for tenant, there in admitted.items():
                let_in = await self._gate.admit(tx.raw, tenant, there, "broker")
                result = await self._ingestion.take(tx.raw, tenant, let_in.lots, now)
                results.append(result)
                bury_rows(tenant, [*let_in.rejected, *result.rejected])
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
