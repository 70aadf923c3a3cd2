"""Commands on a breach: how it stands, what was done about it, and what is to be written."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, cast
from uuid import UUID

from helmlog_events.contracts.kpi import (
    KPIBreachAnnotated,
    KPIBreachSilenced,
    KPIBreachUnsilenced,
    KPIThresholdAcknowledged,
)
from helmlog_events.envelope import NewEvent, RecordedEvent, StreamWrite
from helmlog_events.ids import stream_id

from kpi_service.application.handlers import StreamReader
from kpi_service.domain.breach.decide import BreachCommand, decide
from kpi_service.domain.breach.events import BreachEvent
from kpi_service.domain.breach.refusals import BreachUnknown
from kpi_service.domain.breach.state import Standing, fold

DEALINGS = frozenset(
    contract.event_type
    for contract in (
        KPIThresholdAcknowledged,
        KPIBreachSilenced,
        KPIBreachUnsilenced,
        KPIBreachAnnotated,
    )
)
"""What stands in a breach's own stream; the rest of its story is told in its KPI's."""


class KnownBreaches(Protocol):
    async def find(self, tenant: str, breach_id: UUID) -> Standing | None:
        """How the breach, or the silence, stands by now; None if there is none."""


@dataclass(frozen=True, slots=True)
class DecidedDealing:
    """`past` stood in the breach's stream before, `events` come to it."""

    breach: Standing
    past: Sequence[RecordedEvent]
    events: Sequence[BreachEvent]
    writes: tuple[StreamWrite, ...]

    @property
    def before(self) -> int:
        return len(self.past)

    @property
    def version(self) -> int:
        return len(self.past) + len(self.events)


@dataclass(frozen=True, slots=True)
class BreachDealings:
    reader: StreamReader
    known: KnownBreaches

    async def past(self, tenant: str, breach_id: UUID) -> Sequence[RecordedEvent]:
        """What people did about a breach, never stale."""
        return await self.reader.read_stream(tenant, stream_id("breach", breach_id))

    async def decide(
        self,
        tenant: str,
        breach_id: UUID,
        at: datetime,
        command: Callable[[Standing], BreachCommand],
    ) -> DecidedDealing:
        """Raises a `Refusal`, also for a breach there is none of."""
        breach = await self.known.find(tenant, breach_id)
        if breach is None:
            raise BreachUnknown(breach_id)
        past = await self.past(tenant, breach_id)
        events = decide(command(breach), fold(cast("BreachEvent", record.event) for record in past))
        if not events:
            return DecidedDealing(breach, past, (), ())
        news = tuple(NewEvent(event, at) for event in events)
        write = StreamWrite(stream_id("breach", breach_id), len(past), news)
        return DecidedDealing(breach, past, events, (write,))
