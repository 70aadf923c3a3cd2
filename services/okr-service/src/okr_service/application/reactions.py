from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final, Protocol
from uuid import UUID

from helmlog_events.contracts.kpi import KPIValueChanged
from helmlog_events.contracts.okr import KeyResultAdded, KeyResultRevised
from helmlog_events.envelope import Append, SourcedEvent, caused_by
from helmlog_events.store.postgres.transaction import Transaction
from sqlalchemy.ext.asyncio import AsyncConnection

from okr_service.application.decided import new_events
from okr_service.application.streams import Streams
from okr_service.application.work import Work, load_work_in
from okr_service.domain.key_result.commands import FollowKPI
from okr_service.domain.key_result.decide import decide
from okr_service.domain.key_result.kpi_value import KPIValue


class Bindings(Protocol):
    """What the read models know of KPIs, read in the reaction's own transaction."""

    async def bound_to(self, sql: AsyncConnection, tenant: str, value: KPIValue) -> Sequence[UUID]:
        """The key results bound to the KPI, in cycles that may hold the value."""

    async def value_before(
        self, sql: AsyncConnection, tenant: str, kpi_id: UUID, moment: datetime
    ) -> KPIValue | None: ...


class FollowKPIs:
    """A bound key result follows its KPI: from each new value, and from the one it starts with.

    The second makes the order unimportant in which a value and a binding become known here.
    """

    name: Final = "follow-kpi"
    sources: Final = frozenset({"kpi", "okr"})
    types: Final = frozenset(
        {KPIValueChanged.event_type, KeyResultAdded.event_type, KeyResultRevised.event_type}
    )

    def __init__(self, streams: Streams, bindings: Bindings) -> None:
        self._streams = streams
        self._bindings = bindings

    async def react(self, tx: Transaction, event: SourcedEvent) -> Sequence[Append]:
        tenant, fact = event.record.tenant, event.record.event
        match fact:
            case KPIValueChanged():
                value = KPIValue(fact.kpi_id, fact.value, fact.observed_at, event.reference)
                return [
                    append
                    for key_result_id in await self._bindings.bound_to(tx.sql, tenant, value)
                    for append in await self._follow(tx, event, key_result_id, value)
                ]
            # One that follows nothing is not looked at: imports add thousands of them.
            case KeyResultAdded() if fact.kpi_id is not None:
                return await self._follow(tx, event, fact.key_result_id, None)
            case KeyResultRevised() if fact.after.kpi_id is not None:
                return await self._follow(tx, event, fact.key_result_id, None)
            case _:
                return []

    async def _follow(
        self, tx: Transaction, event: SourcedEvent, key_result_id: UUID, value: KPIValue | None
    ) -> list[Append]:
        tenant = event.record.tenant
        work = await load_work_in(self._streams, tx, tenant, key_result_id)
        if work is None:
            return []
        value = value or await self._newest(tx, tenant, work)
        if value is None:
            return []
        command = FollowKPI(
            key_result_id=key_result_id,
            objective=work.objective.state,
            cycle=work.cycle.state,
            kpi_id=value.kpi_id,
            value=value.value,
            observed_at=value.observed_at,
            cause=value.cause,
        )
        events = decide(command, work.key_result.state)
        new = new_events(events, value.observed_at)
        return work.append(tenant, caused_by(event, self.name), new)

    async def _newest(self, tx: Transaction, tenant: str, work: Work) -> KPIValue | None:
        """What the KPI last said within the cycle."""
        kpi_id = work.key_result.state.facts.definition.kpi_id
        if kpi_id is None:
            return None
        end = work.cycle.state.facts.course.ends_at
        return await self._bindings.value_before(tx.sql, tenant, kpi_id, end)
