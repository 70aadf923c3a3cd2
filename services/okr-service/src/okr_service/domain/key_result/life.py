"""Moving, cancelling and grading a key result."""

from __future__ import annotations

from helmlog_events.contracts.okr import KeyResultCancelled, KeyResultGraded, KeyResultMoved

from okr_service.domain.cycle.guards import mark_work
from okr_service.domain.cycle.refusals import CycleNotActive
from okr_service.domain.cycle.state import Planning
from okr_service.domain.grades import (
    NothingToGrade,
    judge_grade,
    judge_learning,
    suggest_grade,
)
from okr_service.domain.key_result.commands import (
    CancelKeyResult,
    GradeKeyResult,
    MoveKeyResult,
)
from okr_service.domain.key_result.events import KeyResultEvent
from okr_service.domain.key_result.guards import require_counting, require_work
from okr_service.domain.key_result.refusals import MovedToAnotherCycle
from okr_service.domain.key_result.state import KeyResult
from okr_service.domain.objective.guards import require_standing
from okr_service.domain.objective.refusals import ObjectiveIsClosed
from okr_service.domain.objective.state import Closed
from okr_service.domain.remark import Grade


def move(command: MoveKeyResult, key_result: KeyResult) -> list[KeyResultEvent]:
    """Its history goes with it. From a declined objective it may be saved, not from a closed one.

    Raises `CycleIsClosed`, `KeyResultIsCancelled`, `MovedToAnotherCycle`, `ObjectiveIsClosed` or
    `ObjectiveWasDeclined`.
    """
    marks = mark_work(command.cycle)
    require_counting(key_result)
    source, goal = command.objective.facts, command.to.facts
    if source.cycle_id != goal.cycle_id:
        raise MovedToAnotherCycle(source.cycle_id, goal.cycle_id)
    if source.objective_id == goal.objective_id:
        return []
    if isinstance(command.objective, Closed):
        raise ObjectiveIsClosed(source.objective_id)
    require_standing(command.to)
    return [
        KeyResultMoved(
            key_result_id=key_result.facts.key_result_id,
            from_objective_id=source.objective_id,
            objective_id=goal.objective_id,
            **marks,
            reason=command.reason,
        )
    ]


def cancel(command: CancelKeyResult, key_result: KeyResult) -> list[KeyResultEvent]:
    """Raises `CycleIsClosed`, `ObjectiveIsClosed` or `ObjectiveWasDeclined`."""
    marks = mark_work(command.cycle)
    if key_result.cancelled is not None:
        return []
    require_standing(command.objective)
    return [
        KeyResultCancelled(
            key_result_id=key_result.facts.key_result_id,
            objective_id=key_result.facts.objective_id,
            **marks,
            reason=command.reason,
        )
    ]


def grade(command: GradeKeyResult, key_result: KeyResult) -> list[KeyResultEvent]:
    """Raises `CycleIsClosed`, `CycleNotActive`, `CycleNotClosed`, the refusals of `require_work`
    or those of grades.
    """
    marks = mark_work(command.cycle, late_correction=command.late_correction)
    if isinstance(command.cycle, Planning):
        raise CycleNotActive(command.cycle.facts.cycle_id)
    require_work(key_result, command.objective, late_correction=command.late_correction)
    given = _graded(command, key_result)
    if given == key_result.grade:
        return []
    return [
        KeyResultGraded(
            key_result_id=key_result.facts.key_result_id,
            objective_id=key_result.facts.objective_id,
            **marks,
            grade=given.grade,
            suggested=given.suggested,
            reason=given.reason,
            learned=given.learned,
        )
    ]


def _graded(command: GradeKeyResult, key_result: KeyResult) -> Grade:
    key_result_id, current = key_result.facts.key_result_id, key_result.current
    if command.objective.facts.definition.kind == "learning":
        return judge_learning(key_result_id, command.grade, command.learned)
    suggested = None if current is None else suggest_grade(current.progress)
    given = judge_grade(suggested, command.grade, command.reason, command.learned)
    if given.grade is None:
        raise NothingToGrade(key_result_id)
    return given
