from __future__ import annotations

from typing import assert_never

from helmlog_events.contracts.okr import KeyResultAdded, Milestone

from okr_service.domain.arithmetic import ZERO
from okr_service.domain.cycle.guards import require_open
from okr_service.domain.key_result.check_in import check_in
from okr_service.domain.key_result.commands import (
    AddKeyResult,
    CheckIn,
    FollowKPI,
    KeyResultCommand,
)
from okr_service.domain.key_result.events import KeyResultEvent
from okr_service.domain.key_result.follow import follow_kpi
from okr_service.domain.key_result.measures import Milestones, define_measure
from okr_service.domain.key_result.refusals import (
    MilestonesCannotFollowKPI,
    UnknownKeyResult,
    WeightNotPositive,
)
from okr_service.domain.key_result.state import KeyResultState, NoKeyResult
from okr_service.domain.objective.guards import require_standing


def decide(command: KeyResultCommand, state: KeyResultState) -> list[KeyResultEvent]:
    """Raises the refusals of key results, and those of the guards of cycle and objective."""
    if isinstance(command, AddKeyResult):
        return _add(command, state)
    if isinstance(state, NoKeyResult):
        raise UnknownKeyResult(command.key_result_id)
    match command:
        case CheckIn():
            return check_in(command, state)
        case FollowKPI():
            return follow_kpi(command, state)
        case _ as unreachable:
            assert_never(unreachable)


def _add(command: AddKeyResult, state: KeyResultState) -> list[KeyResultEvent]:
    if not isinstance(state, NoKeyResult):
        return []
    require_open(command.cycle)
    require_standing(command.objective)
    if command.weight <= ZERO:
        raise WeightNotPositive(command.weight)
    terms = command.terms
    measure = define_measure(terms)
    if command.kpi_id is not None and isinstance(measure, Milestones):
        raise MilestonesCannotFollowKPI(command.kpi_id)
    return [
        KeyResultAdded(
            key_result_id=command.key_result_id,
            objective_id=command.objective.facts.objective_id,
            cycle_id=command.cycle.facts.cycle_id,
            after_reopening=command.cycle.facts.reopened,
            title=command.title,
            metric=terms.metric,
            baseline=terms.baseline,
            target=terms.target,
            lower=terms.lower,
            upper=terms.upper,
            milestones=tuple(
                Milestone(name=step.name, weight=step.weight) for step in terms.milestones
            ),
            unit=command.unit,
            rate=command.rate,
            weight=command.weight,
            kpi_id=command.kpi_id,
            owner=command.owner,
        )
    ]
