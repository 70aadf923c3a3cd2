from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from functools import reduce
from itertools import groupby
from typing import NamedTuple, cast
from uuid import UUID

from helmlog_events.contracts.kpi import (
    KPIThresholdBreached,
    KPIThresholdRecovered,
    KPIValueChanged,
)
from helmlog_events.contracts.okr import CycleOpened, KeyResultAdded
from helmlog_events.envelope import Append, NewEvent, SourcedEvent, StreamWrite, caused_by
from helmlog_events.ids import stream_id
from helmlog_events.store.postgres.transaction import Transaction

from alignment_service.application.reactions.common import lock_graph
from alignment_service.domain.risks.decide import ClearRisk, RaiseRisk, RiskCommand, decide
from alignment_service.domain.risks.events import RiskEvent
from alignment_service.domain.risks.exposure import at_risk_since
from alignment_service.domain.risks.state import evolve, initial_state
from alignment_service.readmodel.bindings import (
    Exposure,
    exposures_carried_over,
    exposures_of,
    exposures_to,
    exposures_within,
)


def risk_stream(objective_id: UUID, breach_id: UUID) -> str:
    return stream_id("risk", f"{objective_id}.{breach_id}")


class Step(NamedTuple):
    """A command, and when what comes of it is true."""

    command: RiskCommand
    at: datetime


class RiskReaction:
    """A breach within their cycle puts the objectives on its KPI at risk; recovery clears them.

    Cycle, binding, breach and value come from different streams, in any order: each, when it
    comes, looks for the others. Only between breach and value the order can show: a value heard
    before the recovery it follows carries a breach over that had ended, and the recovery then
    clears the risk as of the moment it was raised for.
    """

    name = "objectives-at-risk"
    sources = frozenset({"okr", "kpi"})
    types = frozenset(
        contract.event_type
        for contract in (
            CycleOpened,
            KeyResultAdded,
            KPIThresholdBreached,
            KPIThresholdRecovered,
            KPIValueChanged,
        )
    )

    async def react(self, tx: Transaction, event: SourcedEvent) -> Sequence[Append]:
        await lock_graph(tx)
        tenant = event.record.tenant
        clears = True
        match event.record.event:
            case CycleOpened() as opened:
                found = await exposures_within(tx.sql, tenant, opened.cycle_id)
            case KeyResultAdded() as added:
                found = await exposures_of(tx.sql, tenant, added.key_result_id)
            case KPIThresholdBreached() as breached:
                found = [
                    Exposure(binding, replace(breach, severity=breached.severity))
                    for binding, breach in await exposures_to(tx.sql, tenant, breached.breach_id)
                ]
                # What follows may be in the same batch, and speaks for itself.
                clears = False
            case KPIThresholdRecovered() as recovered:
                found = await exposures_to(tx.sql, tenant, recovered.breach_id)
            case KPIValueChanged() as changed:
                found = await exposures_carried_over(
                    tx.sql, tenant, changed.kpi_id, changed.observed_at
                )
            case other:
                raise TypeError(f"{other.event_type} changes no risk")
        appends: list[Append] = []
        for stream, exposures in groupby(sorted(found, key=_stream), _stream):
            steps = list(_steps(list(exposures), event.reference, clears=clears))
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


def _stream(exposure: Exposure) -> str:
    return risk_stream(exposure.binding.objective_id, exposure.breach.breach_id)


def _steps(exposures: Sequence[Exposure], cause: str, *, clears: bool) -> Iterator[Step]:
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
                    cause=cause,
                ),
                since,
            )
            break
    recovery = exposures[0].breach.recovery
    if clears and recovery is not None:
        yield Step(ClearRisk(cause), recovery.observed_at)
