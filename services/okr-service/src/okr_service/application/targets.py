from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final, Protocol
from uuid import UUID

from helmlog_events.contracts.kpi import KPIValueChanged
from helmlog_events.contracts.okr import (
    CycleActivated,
    CycleReopened,
    KeyResultAdded,
    KeyResultRevised,
)
from helmlog_events.envelope import Append, SourcedEvent, caused_by
from helmlog_events.store.postgres.transaction import Transaction
from sqlalchemy.ext.asyncio import AsyncConnection

from okr_service.application.decided import new_events
from okr_service.application.streams import Streams
from okr_service.application.work import load_work_in
from okr_service.domain.key_result.commands import ResolveTarget
from okr_service.domain.key_result.decide import decide
from okr_service.domain.key_result.kpi_value import KPIValue
from okr_service.domain.key_result.relative import basis_before, resolved_since


class TargetBindings(Protocol):
    """What the read models know of KPIs, read in the reaction's own transaction."""

    async def relative_to(
        self, sql: AsyncConnection, tenant: str, kpi_id: UUID
    ) -> Sequence[UUID]: ...

    async def relative_in(
        self, sql: AsyncConnection, tenant: str, cycle_id: UUID
    ) -> Sequence[UUID]: ...

    async def value_before(
        self, sql: AsyncConnection, tenant: str, kpi_id: UUID, moment: datetime
    ) -> KPIValue | None: ...


class ResolveTargets:
    """A relative target becomes numbers when its cycle starts, or when its KPI allows it.

    Each event that may change what it rests on is a reason to look, so that their order does not
    matter.
    """

    name: Final = "resolve-target"
    sources: Final = frozenset({"kpi", "okr"})
    types: Final = frozenset(
        {
            CycleActivated.event_type,
            CycleReopened.event_type,
            KeyResultAdded.event_type,
            KeyResultRevised.event_type,
            KPIValueChanged.event_type,
        }
    )

    def __init__(self, streams: Streams, bindings: TargetBindings) -> None:
        self._streams = streams
        self._bindings = bindings

    async def react(self, tx: Transaction, event: SourcedEvent) -> Sequence[Append]:
        return [
            append
            for key_result_id in await self._concerned(tx, event)
            for append in await self._resolve(tx, event, key_result_id)
        ]

    async def _concerned(self, tx: Transaction, event: SourcedEvent) -> Sequence[UUID]:
        tenant, fact = event.record.tenant, event.record.event
        match fact:
            case KPIValueChanged():
                return await self._bindings.relative_to(tx.sql, tenant, fact.kpi_id)
            case CycleActivated() | CycleReopened():
                return await self._bindings.relative_in(tx.sql, tenant, fact.cycle_id)
            case KeyResultAdded() if fact.relative is not None:
                return [fact.key_result_id]
            case KeyResultRevised() if fact.after.relative is not None:
                return [fact.key_result_id]
            case _:
                return []

    async def _resolve(
        self, tx: Transaction, event: SourcedEvent, key_result_id: UUID
    ) -> list[Append]:
        tenant = event.record.tenant
        work = await load_work_in(self._streams, tx, tenant, key_result_id)
        if work is None:
            return []
        key_result, cycle = work.key_result.state, work.cycle.state
        definition, course = key_result.facts.definition, cycle.facts.course
        if definition.relative is None or definition.kpi_id is None:
            return []
        kpi_id, before = definition.kpi_id, basis_before(definition.relative, course)
        command = ResolveTarget(
            key_result_id=key_result_id,
            objective=work.objective.state,
            cycle=cycle,
            at=event.record.recorded_at,
            basis=await self._bindings.value_before(tx.sql, tenant, kpi_id, before),
            newest=await self._bindings.value_before(tx.sql, tenant, kpi_id, course.ends_at),
        )
        new = new_events(decide(command, key_result), resolved_since(key_result, course))
        return work.append(tenant, caused_by(event, self.name), new)
