from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Protocol
from uuid import UUID

from helmlog_events.contracts.kpi import KPIValueChanged
from helmlog_events.contracts.okr import KeyResultAdded
from helmlog_events.envelope import Append, Metadata, SourcedEvent, caused_by
from helmlog_events.store.postgres.transaction import Transaction
from sqlalchemy.ext.asyncio import AsyncConnection

from okr_service.application.decided import decided
from okr_service.application.streams import Streams
from okr_service.domain.aggregates import CYCLE, KEY_RESULT, OBJECTIVE
from okr_service.domain.cycle.state import NoCycle
from okr_service.domain.key_result.commands import FollowKPI
from okr_service.domain.key_result.decide import decide
from okr_service.domain.key_result.kpi_value import KPIValue
from okr_service.domain.key_result.state import NoKeyResult
from okr_service.domain.objective.state import NoObjective


class Bindings(Protocol):
    """What the read models know of KPIs, read in the reaction's own transaction."""

    async def bound_to(self, sql: AsyncConnection, tenant: str, value: KPIValue) -> Sequence[UUID]:
        """The key results bound to the KPI, in cycles that may hold the value."""

    async def newest_value(
        self, sql: AsyncConnection, tenant: str, kpi_id: UUID
    ) -> KPIValue | None: ...


class FollowKPIs:
    """A bound key result follows its KPI: from each new value, and from the one it starts with.

    The second makes the order unimportant in which a value and a binding become known here.
    """

    name: Final = "follow-kpi"
    sources: Final = frozenset({"kpi", "okr"})
    types: Final = frozenset({KPIValueChanged.event_type, KeyResultAdded.event_type})

    def __init__(self, streams: Streams, bindings: Bindings) -> None:
        self._streams = streams
        self._bindings = bindings

    async def react(self, tx: Transaction, event: SourcedEvent) -> Sequence[Append]:
        tenant = event.record.tenant
        appends: list[Append] = []
        for key_result_id, value in await self._moves(tx, event):
            append = await self._follow(
                tx, tenant, key_result_id, value, caused_by(event, self.name)
            )
            if append is not None:
                appends.append(append)
        return appends

    async def _moves(self, tx: Transaction, event: SourcedEvent) -> list[tuple[UUID, KPIValue]]:
        tenant, fact = event.record.tenant, event.record.event
        if isinstance(fact, KPIValueChanged):
            value = KPIValue(fact.kpi_id, fact.value, fact.observed_at, event.reference)
            bound = await self._bindings.bound_to(tx.sql, tenant, value)
            return [(key_result_id, value) for key_result_id in bound]
        if isinstance(fact, KeyResultAdded) and fact.kpi_id is not None:
            newest = await self._bindings.newest_value(tx.sql, tenant, fact.kpi_id)
            return [] if newest is None else [(fact.key_result_id, newest)]
        return []

    async def _follow(
        self, tx: Transaction, tenant: str, key_result_id: UUID, value: KPIValue, metadata: Metadata
    ) -> Append | None:
        loaded = await self._streams.load_in(tx, KEY_RESULT, tenant, key_result_id)
        if isinstance(loaded.state, NoKeyResult):
            return None
        facts = loaded.state.facts
        objective = await self._streams.load_in(tx, OBJECTIVE, tenant, facts.objective_id)
        cycle = await self._streams.load_in(tx, CYCLE, tenant, facts.cycle_id)
        if isinstance(objective.state, NoObjective) or isinstance(cycle.state, NoCycle):
            return None
        command = FollowKPI(
            key_result_id=key_result_id,
            objective=objective.state,
            cycle=cycle.state,
            kpi_id=value.kpi_id,
            value=value.value,
            observed_at=value.observed_at,
            cause=value.cause,
        )
        result = decided(KEY_RESULT, loaded, decide(command, loaded.state), value.observed_at)
        if not result.writes:
            return None
        return Append(tenant, metadata, (*result.writes, objective.guard, cycle.guard))
