from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from functools import reduce
from itertools import groupby
from typing import Final, NamedTuple, cast
from uuid import UUID

from helmlog_events.contracts.alignment import ObjectiveAtRisk
from helmlog_events.contracts.kpi import (
    KPIBreachRevised,
    KPIThresholdBreached,
    KPIThresholdRecovered,
    KPIValueChanged,
)
from helmlog_events.contracts.okr import (
    CycleOpened,
    CycleRevised,
    KeyResultAdded,
    KeyResultCancelled,
    KeyResultMoved,
    KeyResultRevised,
)
from helmlog_events.envelope import Append, NewEvent, SourcedEvent, StreamWrite, caused_by
from helmlog_events.ids import stream_id
from helmlog_events.store.postgres.transaction import Transaction
from sqlalchemy.ext.asyncio import AsyncConnection

from alignment_service.application.reactions.common import lock_graph
from alignment_service.domain.risks.decide import ClearRisk, RaiseRisk, RiskCommand, decide
from alignment_service.domain.risks.events import RiskEvent
from alignment_service.domain.risks.exposure import at_risk_since
from alignment_service.domain.risks.state import evolve, initial_state
from alignment_service.readmodel.bindings import (
    Exposure,
    breaches_left,
    exposures_carried_over,
    exposures_of,
    exposures_to,
    exposures_within,
    recovered_at,
    still_at_risk,
)

_ANEW: Final = frozenset({KeyResultMoved.event_type, KPIBreachRevised.event_type})
"""What makes a risk again of one that was cleared, while the breach stands."""


def risk_stream(objective_id: UUID, breach_id: UUID) -> str:
    return stream_id("risk", f"{objective_id}.{breach_id}")


class Step(NamedTuple):
    """A command, and when what comes of it is true."""

    command: RiskCommand
    at: datetime


class End(NamedTuple):
    """A risk that is over at `at`, if it was one."""

    objective_id: UUID
    breach_id: UUID
    at: datetime


class Found(NamedTuple):
    """`clears`: what has recovered among the exposures is over."""

    exposures: Sequence[Exposure] = ()
    ended: Sequence[End] = ()
    clears: bool = True


class RiskReaction:
    """A breach within their cycle puts the objectives on its KPI at risk; recovery clears them.

    Cycle, binding, breach and value come from different streams, in any order: each, when it
    comes, looks for the others. Only between breach and value the order can show: a value heard
    before the recovery it follows carries a breach over that had ended, and the recovery then
    clears the risk as of the moment it was raised for.

    A key result that leaves its objective, or is cancelled, takes the risk with it unless another
    one hangs on the same KPI. One that is bound to another KPI does not: the risk of the old one
    stands until that recovers.

    Late readings may revise a breach: one that is over now, withdrawn, or another's, or that lies
    elsewhere than the cycle, clears its risks; one that is open after all raises them anew. How
    grave it is is told once, when it is raised.

    That a KPI's source is silent (`KPINoData`) is no risk and clears none: it tells nothing of how
    the KPI does. Where a policy takes silence for good, kpi-service tells of a recovery.
    """

    name = "objectives-at-risk"
    sources = frozenset({"okr", "kpi", "alignment"})
    types = frozenset(
        contract.event_type
        for contract in (
            CycleOpened,
            CycleRevised,
            KeyResultAdded,
            KeyResultRevised,
            KeyResultMoved,
            KeyResultCancelled,
            KPIThresholdBreached,
            KPIThresholdRecovered,
            KPIBreachRevised,
            KPIValueChanged,
            ObjectiveAtRisk,
        )
    )

    async def react(self, tx: Transaction, event: SourcedEvent) -> Sequence[Append]:
        await lock_graph(tx)
        found = await _look(tx.sql, event)
        appends: list[Append] = []
        ended = {risk_stream(end.objective_id, end.breach_id): end for end in found.ended}
        exposed = {
            stream: list(exposures)
            for stream, exposures in groupby(sorted(found.exposures, key=_stream), _stream)
        }
        for stream in sorted(ended.keys() | exposed.keys()):
            steps = [*_steps(exposed.get(stream, ()), event, clears=found.clears)]
            if stream in ended:
                steps.append(Step(ClearRisk(event.reference), ended[stream].at))
            appends += await self._decide(tx, event, stream, steps)
        return appends

    async def _decide(
        self, tx: Transaction, event: SourcedEvent, stream: str, steps: Sequence[Step]
    ) -> Sequence[Append]:
        if not steps:
            return []
        tenant = event.record.tenant
        recorded = await tx.read_stream(tenant, stream)
        risk = reduce(evolve, (cast("RiskEvent", past.event) for past in recorded), initial_state())
        earliest = [past.occurred_at for past in recorded[-1:]]
        news: list[NewEvent] = []
        for command, at in steps:
            for new in decide(command, risk):
                risk = evolve(risk, new)
                news.append(NewEvent(new, max([at, *earliest])))
        if not news:
            return []
        write = StreamWrite(stream, len(recorded), tuple(news))
        return [Append(tenant, caused_by(event, self.name), (write,))]


async def _look(sql: AsyncConnection, event: SourcedEvent) -> Found:
    match event.source:
        case "okr":
            return await _look_from_plan(sql, event)
        case "kpi":
            return await _look_from_kpi(sql, event)
        case _:
            return await _look_from_risk(sql, event)


async def _look_from_plan(sql: AsyncConnection, event: SourcedEvent) -> Found:
    tenant = event.record.tenant
    match event.record.event:
        case CycleOpened() | CycleRevised() as planned:
            return Found(await exposures_within(sql, tenant, planned.cycle_id))
        case KeyResultRevised() as revised if revised.before.kpi_id == revised.after.kpi_id:
            return Found()
        case KeyResultAdded() | KeyResultRevised() as bound:
            return Found(await exposures_of(sql, tenant, bound.key_result_id))
        case KeyResultMoved() as moved:
            left = await _left(sql, event, moved.key_result_id, moved.from_objective_id)
            return Found(await exposures_of(sql, tenant, moved.key_result_id), left)
        case KeyResultCancelled() as cancelled:
            left = await _left(sql, event, cancelled.key_result_id, cancelled.objective_id)
            return Found(ended=left)
        case other:
            raise TypeError(f"{other.event_type} changes no risk")


async def _look_from_kpi(sql: AsyncConnection, event: SourcedEvent) -> Found:
    tenant = event.record.tenant
    match event.record.event:
        case KPIThresholdBreached() as breached:
            exposures = [
                Exposure(binding, replace(breach, severity=breached.severity))
                for binding, breach in await exposures_to(sql, tenant, breached.breach_id)
            ]
            # What follows may be in the same batch, and speaks for itself.
            return Found(exposures, clears=False)
        case KPIThresholdRecovered() as recovered:
            known = await still_at_risk(sql, tenant, recovered.breach_id)
            over = [End(each, recovered.breach_id, recovered.observed_at) for each in known]
            return Found(await exposures_to(sql, tenant, recovered.breach_id), over)
        case KPIBreachRevised() as revised:
            return await _look_from_revision(sql, event, revised.breach_id)
        case KPIValueChanged() as changed:
            return Found(
                await exposures_carried_over(sql, tenant, changed.kpi_id, changed.observed_at)
            )
        case other:
            raise TypeError(f"{other.event_type} changes no risk")


async def _look_from_revision(sql: AsyncConnection, event: SourcedEvent, breach_id: UUID) -> Found:
    """What hangs on the breach as it is by now, and what was at risk by it and is no more."""
    tenant, now = event.record.tenant, event.record.occurred_at
    exposures = await exposures_to(sql, tenant, breach_id)
    known = await still_at_risk(sql, tenant, breach_id)
    over_at = await recovered_at(sql, tenant, breach_id)
    if over_at is not None:
        return Found(exposures, [End(each, breach_id, over_at) for each in known])
    exposed = {one.binding.objective_id for one in exposures}
    stays = {one.binding.objective_id for one in exposures if at_risk_since(*one) is not None}
    ended = [End(each, breach_id, now) for each in known if each in exposed - stays]
    return Found(exposures, ended)


async def _look_from_risk(sql: AsyncConnection, event: SourcedEvent) -> Found:
    """The breach may have recovered before the risk was heard, with nothing bound to it by then."""
    raised = event.record.event
    if not isinstance(raised, ObjectiveAtRisk):
        raise TypeError(f"{raised.event_type} changes no risk")
    at = await recovered_at(sql, event.record.tenant, raised.breach_id)
    over = [] if at is None else [End(raised.objective_id, raised.breach_id, at)]
    return Found(ended=over)


async def _left(
    sql: AsyncConnection, event: SourcedEvent, key_result_id: UUID, objective_id: UUID
) -> Sequence[End]:
    left = await breaches_left(sql, event.record.tenant, key_result_id, objective_id)
    return [End(objective_id, breach_id, event.record.occurred_at) for breach_id in left]


def _stream(exposure: Exposure) -> str:
    return risk_stream(exposure.binding.objective_id, exposure.breach.breach_id)


def _steps(exposures: Sequence[Exposure], event: SourcedEvent, *, clears: bool) -> Iterator[Step]:
    """What is to be decided of one objective and one breach, by whichever of its key results."""
    for binding, breach in exposures:
        since = at_risk_since(binding, breach)
        if since is not None:
            yield Step(
                RaiseRisk(
                    objective_id=binding.objective_id,
                    cycle_id=binding.cycle_id,
                    key_result_id=binding.key_result_id,
                    kpi_id=breach.kpi_id,
                    breach_id=breach.breach_id,
                    severity=breach.severity,
                    since=breach.opened_at,
                    cause=event.reference,
                    anew=event.record.type in _ANEW and breach.recovery is None,
                ),
                since,
            )
            break
    recovery = exposures[0].breach.recovery if exposures else None
    if clears and recovery is not None:
        yield Step(ClearRisk(event.reference), recovery.observed_at)
