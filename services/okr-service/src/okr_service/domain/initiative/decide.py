from __future__ import annotations

from typing import TypedDict, assert_never
from uuid import UUID

from helmlog_events.contracts.okr import (
    InitiativeCancelled,
    InitiativeDefinition,
    InitiativeFinished,
    InitiativePlanned,
    InitiativeResumed,
    InitiativeRevised,
    InitiativeStarted,
)

from okr_service.domain.arithmetic import ZERO
from okr_service.domain.cycle.guards import mark_work
from okr_service.domain.definitions import fields_of
from okr_service.domain.initiative.commands import (
    CancelInitiative,
    FinishInitiative,
    InitiativeCommand,
    PlanInitiative,
    Purpose,
    ResumeInitiative,
    ReviseInitiative,
    StartInitiative,
)
from okr_service.domain.initiative.events import InitiativeEvent
from okr_service.domain.initiative.refusals import (
    EffortNotPositive,
    EffortSpentNegative,
    InitiativeDueOutsideCycle,
    InitiativeIsOver,
    PlannedForCancelledKeyResult,
    UnknownInitiative,
)
from okr_service.domain.initiative.state import (
    Cancelled,
    Finished,
    Initiative,
    InitiativeState,
    NoInitiative,
    Planned,
    Started,
)
from okr_service.domain.objective.guards import require_standing


class _Work(TypedDict):
    initiative_id: UUID
    key_result_id: UUID
    objective_id: UUID
    cycle_id: UUID
    after_reopening: bool
    late_correction: bool


def decide(command: InitiativeCommand, state: InitiativeState) -> list[InitiativeEvent]:
    """Raises the refusals of initiatives, and those of the guards of cycle and objective."""
    if isinstance(command, PlanInitiative):
        return _plan(command, state)
    if isinstance(state, NoInitiative):
        raise UnknownInitiative(command.initiative_id)
    work = _work(command.initiative_id, command.purpose)
    match command:
        case ReviseInitiative():
            return _revise(command, state, work)
        case StartInitiative():
            return _start(state, work)
        case FinishInitiative():
            return _finish(command, state, work)
        case CancelInitiative():
            return _cancel(command, state, work)
        case ResumeInitiative():
            return _resume(command, state, work)
        case _ as unreachable:
            assert_never(unreachable)


def _plan(command: PlanInitiative, state: InitiativeState) -> list[InitiativeEvent]:
    if not isinstance(state, NoInitiative):
        return []
    work = _work(command.initiative_id, command.purpose)
    _require_sound(command.definition, command.purpose)
    return [InitiativePlanned(**work, **fields_of(command.definition))]


def _revise(command: ReviseInitiative, state: Initiative, work: _Work) -> list[InitiativeEvent]:
    _require_going_on(state)
    before, after = state.facts.definition, command.definition
    if before == after:
        return []
    _require_sound(after, command.purpose)
    return [InitiativeRevised(**work, reason=command.reason, before=before, after=after)]


def _start(state: Initiative, work: _Work) -> list[InitiativeEvent]:
    match state:
        case Planned():
            return [InitiativeStarted(**work)]
        case Started():
            return []
        case Finished() | Cancelled():
            raise InitiativeIsOver(state.facts.initiative_id)
        case _ as unreachable:
            assert_never(unreachable)


def _finish(command: FinishInitiative, state: Initiative, work: _Work) -> list[InitiativeEvent]:
    """Also from planned: work is often noted down when it is done."""
    if command.effort_spent is not None and command.effort_spent < ZERO:
        raise EffortSpentNegative(command.effort_spent)
    match state:
        case Planned() | Started():
            return [InitiativeFinished(**work, effort_spent=command.effort_spent)]
        case Finished():
            return []
        case Cancelled():
            raise InitiativeIsOver(state.facts.initiative_id)
        case _ as unreachable:
            assert_never(unreachable)


def _cancel(command: CancelInitiative, state: Initiative, work: _Work) -> list[InitiativeEvent]:
    match state:
        case Planned() | Started():
            return [InitiativeCancelled(**work, reason=command.reason)]
        case Cancelled():
            return []
        case Finished():
            raise InitiativeIsOver(state.facts.initiative_id)
        case _ as unreachable:
            assert_never(unreachable)


def _resume(command: ResumeInitiative, state: Initiative, work: _Work) -> list[InitiativeEvent]:
    match state:
        case Finished() | Cancelled():
            return [InitiativeResumed(**work, reason=command.reason)]
        case Planned() | Started():
            return []
        case _ as unreachable:
            assert_never(unreachable)


def _work(initiative_id: UUID, purpose: Purpose) -> _Work:
    marks = mark_work(purpose.cycle)
    require_standing(purpose.objective)
    facts = purpose.key_result.facts
    if purpose.key_result.cancelled is not None:
        raise PlannedForCancelledKeyResult(facts.key_result_id)
    return _Work(
        initiative_id=initiative_id,
        key_result_id=facts.key_result_id,
        objective_id=facts.objective_id,
        **marks,
    )


def _require_sound(definition: InitiativeDefinition, purpose: Purpose) -> None:
    if definition.effort is not None and definition.effort <= ZERO:
        raise EffortNotPositive(definition.effort)
    course = purpose.cycle.facts.course
    due_on = definition.due_on
    if due_on is not None and not course.starts_on <= due_on <= course.ends_on:
        raise InitiativeDueOutsideCycle(due_on)


def _require_going_on(state: Initiative) -> None:
    if isinstance(state, Finished | Cancelled):
        raise InitiativeIsOver(state.facts.initiative_id)
