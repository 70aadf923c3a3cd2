from __future__ import annotations

from typing import assert_never

from helmlog_events.contracts.okr import KeyResultAdded

from okr_service.domain.cycle.guards import mark_work
from okr_service.domain.definitions import fields_of
from okr_service.domain.key_result.check_in import acknowledge, check_in
from okr_service.domain.key_result.commands import (
    AcknowledgeCheckIn,
    AddKeyResult,
    CancelKeyResult,
    CheckIn,
    FollowKPI,
    GradeKeyResult,
    GuardKeyResult,
    KeyResultCommand,
    MoveKeyResult,
    ResolveTarget,
    ReviseKeyResult,
)
from okr_service.domain.key_result.definition import NUMBERS, define, refuse_given_numbers
from okr_service.domain.key_result.events import KeyResultEvent
from okr_service.domain.key_result.follow import follow_kpi
from okr_service.domain.key_result.guardrail import guard
from okr_service.domain.key_result.life import cancel, grade, move
from okr_service.domain.key_result.refusals import UnknownKeyResult
from okr_service.domain.key_result.relative import resolve_target
from okr_service.domain.key_result.revise import revise
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
        case AcknowledgeCheckIn():
            return acknowledge(command, state)
        case ReviseKeyResult():
            return revise(command, state)
        case MoveKeyResult():
            return move(command, state)
        case CancelKeyResult():
            return cancel(command, state)
        case GradeKeyResult():
            return grade(command, state)
        case FollowKPI():
            return follow_kpi(command, state)
        case ResolveTarget():
            return resolve_target(command, state)
        case GuardKeyResult():
            return guard(command, state)
        case _ as unreachable:
            assert_never(unreachable)


def _add(command: AddKeyResult, state: KeyResultState) -> list[KeyResultEvent]:
    if not isinstance(state, NoKeyResult):
        return []
    marks = mark_work(command.cycle)
    require_standing(command.objective)
    refuse_given_numbers(command.definition, frozenset(NUMBERS))
    define(command.definition, command.cycle.facts.course)
    return [
        KeyResultAdded(
            key_result_id=command.key_result_id,
            objective_id=command.objective.facts.objective_id,
            **marks,
            derived_from=command.derived_from,
            external_key=command.external_key,
            **fields_of(command.definition),
        )
    ]
