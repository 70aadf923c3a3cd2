from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final, Protocol
from uuid import UUID

from helmlog_events.contracts.kpi import (
    KPIBreachRevised,
    KPIThresholdBreached,
    KPIThresholdEscalated,
    KPIThresholdRecovered,
)
from helmlog_events.contracts.okr import (
    CycleActivated,
    CycleReopened,
    KeyResultAdded,
    KeyResultRevised,
)
from helmlog_events.envelope import Append, NewEvent, SourcedEvent, caused_by
from helmlog_events.store.postgres.transaction import Transaction
from sqlalchemy.ext.asyncio import AsyncConnection

from okr_service.application.decided import new_events
from okr_service.application.streams import Streams
from okr_service.application.work import Work, load_work_in
from okr_service.domain.key_result.commands import GuardKeyResult
from okr_service.domain.key_result.decide import decide
from okr_service.domain.key_result.guardrail import guarded_since
from okr_service.domain.key_result.kpi_value import KPIAlarm
from okr_service.domain.key_result.parts import Breach
from okr_service.domain.key_result.state import evolve_existing


class GuardrailBindings(Protocol):
    """What the read models know of KPIs, read in the reaction's own transaction."""

    async def guarded_by(
        self, sql: AsyncConnection, tenant: str, kpi_id: UUID
    ) -> Sequence[UUID]: ...

    async def guarded_in(
        self, sql: AsyncConnection, tenant: str, cycle_id: UUID
    ) -> Sequence[UUID]: ...

    async def alarm_before(
        self,
        sql: AsyncConnection,
        tenant: str,
        kpi_id: UUID,
        moment: datetime,
        up_to_seq: int | None = None,
    ) -> KPIAlarm | None: ...


class GuardKeyResults:
    """A guardrail's breach is known to the key results it guards, from whenever it guards them.

    Late readings may revise a breach: then the guardrail stands as the KPI does by all that was
    told, from the instant the revision is true since.

    That a KPI's source is silent (`KPINoData`) changes nothing: what is not known neither caps a
    status nor lifts the cap of a breach that stands. kpi-service shows the silence, as the KPI's
    health; where a policy takes it for good it ends the breach, which is told as a recovery.
    """

    name: Final = "guard-key-result"
    sources: Final = frozenset({"kpi", "okr"})
    types: Final = frozenset(
        {
            KPIThresholdBreached.event_type,
            KPIThresholdEscalated.event_type,
            KPIThresholdRecovered.event_type,
            KPIBreachRevised.event_type,
            CycleActivated.event_type,
            CycleReopened.event_type,
            KeyResultAdded.event_type,
            KeyResultRevised.event_type,
        }
    )

    def __init__(self, streams: Streams, bindings: GuardrailBindings) -> None:
        self._streams = streams
        self._bindings = bindings

    async def react(self, tx: Transaction, event: SourcedEvent) -> Sequence[Append]:
        tenant, told = event.record.tenant, _alarm(event)
        appends: list[Append] = []
        for key_result_id in await self._concerned(tx, event):
            work = await load_work_in(self._streams, tx, tenant, key_result_id)
            if work is not None:
                alarms = [told] if told is not None else await self._standing(tx, event, work)
                appends += work.append(tenant, caused_by(event, self.name), _guard(work, alarms))
        return appends

    async def _concerned(self, tx: Transaction, event: SourcedEvent) -> Sequence[UUID]:
        tenant, fact = event.record.tenant, event.record.event
        match fact:
            case (
                KPIThresholdBreached()
                | KPIThresholdEscalated()
                | KPIThresholdRecovered()
                | KPIBreachRevised()
            ):
                return await self._bindings.guarded_by(tx.sql, tenant, fact.kpi_id)
            case CycleActivated() | CycleReopened():
                return await self._bindings.guarded_in(tx.sql, tenant, fact.cycle_id)
            case KeyResultAdded() if fact.guardrails:
                return [fact.key_result_id]
            case KeyResultRevised() if fact.after.guardrails:
                return [fact.key_result_id]
            case _:
                return []

    async def _standing(self, tx: Transaction, event: SourcedEvent, work: Work) -> list[KPIAlarm]:
        """How the KPI of each of its guardrails stands by now."""
        if isinstance(event.record.event, KPIBreachRevised):
            return await self._revised(tx, event, event.record.event.kpi_id, work)
        tenant = event.record.tenant
        guardrails = work.key_result.state.facts.definition.guardrails
        end = work.cycle.state.facts.course.ends_at
        found = [
            await self._bindings.alarm_before(tx.sql, tenant, kpi_id, end)
            for kpi_id in sorted(guardrails)
        ]
        return [alarm for alarm in found if alarm is not None]

    async def _revised(
        self, tx: Transaction, event: SourcedEvent, kpi_id: UUID, work: Work
    ) -> list[KPIAlarm]:
        """How the KPI stands by what was told up to the revision, which is what says so."""
        end = work.cycle.state.facts.course.ends_at
        record = event.record
        found = await self._bindings.alarm_before(tx.sql, record.tenant, kpi_id, end, record.seq)
        breach = None if found is None else found.breach
        return [KPIAlarm(kpi_id, breach, record.occurred_at, event.reference)]


def _alarm(event: SourcedEvent) -> KPIAlarm | None:
    """What the event says of a KPI; nothing, if it is of another kind."""
    fact = event.record.event
    match fact:
        case KPIThresholdBreached() | KPIThresholdEscalated():
            breach = Breach(fact.breach_id, fact.severity)
            return KPIAlarm(fact.kpi_id, breach, fact.observed_at, event.reference)
        case KPIThresholdRecovered():
            return KPIAlarm(fact.kpi_id, None, fact.observed_at, event.reference)
        case _:
            return None


def _guard(work: Work, alarms: Iterable[KPIAlarm]) -> list[NewEvent]:
    state = work.key_result.state
    events: list[NewEvent] = []
    for alarm in alarms:
        command = GuardKeyResult(
            key_result_id=state.facts.key_result_id,
            objective=work.objective.state,
            cycle=work.cycle.state,
            kpi_id=alarm.kpi_id,
            breach=alarm.breach,
            observed_at=alarm.observed_at,
            cause=alarm.cause,
        )
        decided = decide(command, state)
        events += new_events(decided, guarded_since(command, state))
        state = evolve_existing(state, decided)
    return events
