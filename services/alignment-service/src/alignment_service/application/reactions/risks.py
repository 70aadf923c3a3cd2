from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import reduce
from typing import cast
from uuid import UUID

from helmlog_events.contracts.kpi import KPIThresholdBreached, KPIThresholdRecovered
from helmlog_events.contracts.okr import KeyResultAdded
from helmlog_events.envelope import Append, NewEvent, SourcedEvent, StreamWrite
from helmlog_events.ids import stream_id
from helmlog_events.store.postgres.transaction import Transaction

from alignment_service.application.reactions.common import caused_by, lock_graph
from alignment_service.domain.risks.decide import ClearRisk, RaiseRisk, RiskCommand, decide
from alignment_service.domain.risks.events import RiskEvent
from alignment_service.domain.risks.state import evolve, initial_state
from alignment_service.readmodel.bindings import bound_objectives, open_breaches


def risk_stream(objective_id: UUID, breach_id: UUID) -> str:
    return stream_id("risk", f"{objective_id}.{breach_id}")


class RiskReaction:
    """A breach puts the objectives that hang on its KPI at risk; recovery clears them.

    Breach and binding come from different logs, in any order: each, when it comes, looks for the
    other.
    """

    name = "objectives-at-risk"
    sources = frozenset({"okr", "kpi"})
    types = frozenset(
        contract.event_type
        for contract in (KeyResultAdded, KPIThresholdBreached, KPIThresholdRecovered)
    )

    async def react(self, tx: Transaction, event: SourcedEvent) -> Sequence[Append]:
        await lock_graph(tx)
        match event.record.event:
            case KPIThresholdBreached() as breached:
                return await self._breached(tx, event, breached)
            case KPIThresholdRecovered() as recovered:
                return await self._recovered(tx, event, recovered)
            case KeyResultAdded() as added if added.kpi_id is not None:
                return await self._bound(tx, event, added, added.kpi_id)
            case _:
                return []

    async def _breached(
        self, tx: Transaction, event: SourcedEvent, breached: KPIThresholdBreached
    ) -> Sequence[Append]:
        found = await bound_objectives(tx.sql, event.record.tenant, breached.kpi_id)
        decided = [
            await self._decide(
                tx,
                event,
                risk_stream(bound.objective_id, breached.breach_id),
                RaiseRisk(
                    objective_id=bound.objective_id,
                    cycle_id=bound.cycle_id,
                    key_result_id=bound.key_result_id,
                    kpi_id=breached.kpi_id,
                    breach_id=breached.breach_id,
                    severity=breached.severity,
                    since=breached.opened_at,
                    cause=event.reference,
                ),
                event.record.occurred_at,
            )
            for bound in found
            if not bound.closed
        ]
        return _joined(decided)

    async def _recovered(
        self, tx: Transaction, event: SourcedEvent, recovered: KPIThresholdRecovered
    ) -> Sequence[Append]:
        found = await bound_objectives(tx.sql, event.record.tenant, recovered.kpi_id)
        decided = [
            await self._decide(
                tx,
                event,
                risk_stream(bound.objective_id, recovered.breach_id),
                ClearRisk(event.reference),
                event.record.occurred_at,
            )
            for bound in found
        ]
        return _joined(decided)

    async def _bound(
        self, tx: Transaction, event: SourcedEvent, added: KeyResultAdded, kpi_id: UUID
    ) -> Sequence[Append]:
        decided = [
            await self._decide(
                tx,
                event,
                risk_stream(added.objective_id, breach.breach_id),
                RaiseRisk(
                    objective_id=added.objective_id,
                    cycle_id=added.cycle_id,
                    key_result_id=added.key_result_id,
                    kpi_id=kpi_id,
                    breach_id=breach.breach_id,
                    severity=breach.severity,
                    since=breach.opened_at,
                    cause=event.reference,
                ),
                max(event.record.occurred_at, breach.breached_at),
            )
            for breach in await open_breaches(tx.sql, event.record.tenant, kpi_id)
        ]
        return _joined(decided)

    async def _decide(
        self,
        tx: Transaction,
        event: SourcedEvent,
        stream: str,
        command: RiskCommand,
        occurred_at: datetime,
    ) -> Sequence[Append]:
        tenant = event.record.tenant
        recorded = await tx.read_stream(tenant, stream)
        past = [cast("RiskEvent", record.event) for record in recorded]
        decided = decide(command, reduce(evolve, past, initial_state()))
        if not decided:
            return []
        news = tuple(NewEvent(new, occurred_at) for new in decided)
        write = StreamWrite(stream, len(recorded), news)
        return [Append(tenant, caused_by(event, self.name), (write,))]


def _joined(decided: Iterable[Sequence[Append]]) -> Sequence[Append]:
    return [append for appends in decided for append in appends]
