from __future__ import annotations

from typing import assert_never

from helmlog_events.contracts.okr import KeyResultAdded

from okr_service.domain.arithmetic import ZERO
from okr_service.domain.cycle.guards import require_open
from okr_service.domain.definitions import fields_of
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
    definition = command.definition
    if definition.weight <= ZERO:
        raise WeightNotPositive(definition.weight)
    measure = define_measure(definition)
    if definition.kpi_id is not None and isinstance(measure, Milestones):
        raise MilestonesCannotFollowKPI(definition.kpi_id)
    return [
        KeyResultAdded(
            key_result_id=command.key_result_id,
            objective_id=command.objective.facts.objective_id,
            cycle_id=command.cycle.facts.cycle_id,
            after_reopening=command.cycle.facts.reopened,
            derived_from=command.derived_from,
            external_key=command.external_key,
            **fields_of(definition),
        )
    ]
