"""How an objective ends: as its grade says, or as its owner says with a reason."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from helmlog_events.contracts.okr import (
    ObjectiveCarriedOver,
    ObjectiveClosed,
    ObjectiveOutcome,
)

from okr_service.domain.cycle.guards import WorkMarks, mark_work
from okr_service.domain.cycle.state import Cycle
from okr_service.domain.grades import NothingToGrade
from okr_service.domain.objective.events import ObjectiveEvent
from okr_service.domain.objective.grading import AS_SUGGESTED, Verdict, graded, judge
from okr_service.domain.objective.outcome import derive_outcome, final_grade
from okr_service.domain.objective.refusals import (
    CancelledHasNoGrade,
    CancelledWithoutReason,
    KeyResultsUngraded,
    ObjectiveAlreadyCarriedOver,
    ObjectiveIsClosed,
    ObjectiveNotYetActive,
    OutcomeContradictsGrade,
)
from okr_service.domain.objective.state import Active, Closed, Objective
from okr_service.domain.remark import Grade
from okr_service.domain.sheet import KeyResultSheet
from okr_service.domain.status import Measured

ClosingOutcome = Literal["achieved", "missed", "cancelled"]


@dataclass(frozen=True, slots=True)
class CloseObjective:
    """`outcome` none: as the grade says. `key_results` are those that count, graded already."""

    objective_id: UUID
    cycle: Cycle
    outcome: ClosingOutcome | None = None
    verdict: Verdict = AS_SUGGESTED
    key_results: tuple[KeyResultSheet, ...] = ()
    contributed: Measured | None = None
    late_correction: bool = False


@dataclass(frozen=True, slots=True)
class CarryOverObjective:
    """Closes the origin of a copy that goes on in another cycle."""

    objective_id: UUID
    cycle: Cycle
    to_cycle_id: UUID
    to_objective_id: UUID
    verdict: Verdict = AS_SUGGESTED
    key_results: tuple[KeyResultSheet, ...] = ()
    contributed: Measured | None = None
    late_correction: bool = False


def close(command: CloseObjective, objective: Objective) -> list[ObjectiveEvent]:
    """Asked twice, done once; a closed one ends otherwise only by a late correction.

    Raises the refusals above, and those of `judge`.
    """
    marks = mark_work(command.cycle, late_correction=command.late_correction)
    facts = objective.facts
    if isinstance(objective, Closed):
        if not command.late_correction:
            if _repeats(command, objective):
                return []
            raise ObjectiveIsClosed(facts.objective_id)
        if objective.outcome == "carried_over":
            raise ObjectiveAlreadyCarriedOver(facts.objective_id)
    if command.outcome == "cancelled":
        return _cancel(command, objective, marks)
    if not isinstance(objective, Active | Closed):
        raise ObjectiveNotYetActive(facts.objective_id)
    given = judge(command.verdict, facts, command.key_results, command.contributed)
    outcome = _outcome(command, objective, given)
    closed = _closed(objective, outcome, given, command.verdict.reason, marks)
    return [*graded(given, facts, marks), *closed]


def carry_over(command: CarryOverObjective, objective: Objective) -> list[ObjectiveEvent]:
    """Closed as carried over with its grade so far; what was learned may still be open.

    Raises `ObjectiveAlreadyCarriedOver`, `ObjectiveIsClosed`, `ObjectiveNotYetActive`, and what
    `judge` raises.
    """
    marks = mark_work(command.cycle, late_correction=command.late_correction)
    facts = objective.facts
    if isinstance(objective, Closed):
        if objective.outcome == "carried_over":
            raise ObjectiveAlreadyCarriedOver(facts.objective_id)
        raise ObjectiveIsClosed(facts.objective_id)
    if not isinstance(objective, Active):
        raise ObjectiveNotYetActive(facts.objective_id)
    given = judge(command.verdict, facts, command.key_results, command.contributed, unfinished=True)
    return [
        *graded(given, facts, marks),
        *_closed(objective, "carried_over", given, command.verdict.reason, marks),
        ObjectiveCarriedOver(
            **marks,
            objective_id=facts.objective_id,
            to_cycle_id=command.to_cycle_id,
            to_objective_id=command.to_objective_id,
        ),
    ]


def _cancel(
    command: CloseObjective, objective: Objective, marks: WorkMarks
) -> list[ObjectiveEvent]:
    verdict = command.verdict
    if verdict.grade is not None:
        raise CancelledHasNoGrade(command.objective_id)
    if verdict.reason is None:
        raise CancelledWithoutReason(command.objective_id)
    ungraded = Grade(None, None, None, verdict.learned)
    return _closed(objective, "cancelled", ungraded, verdict.reason, marks)


def _outcome(command: CloseObjective, objective: Objective, given: Grade) -> ObjectiveOutcome:
    facts = objective.facts
    derived = derive_outcome(facts.definition.kind, given)
    outcome = command.outcome or derived
    if outcome is None:
        raise NothingToGrade(facts.objective_id)
    ungraded = [part.facts.key_result_id for part in command.key_results if part.grade is None]
    if outcome == "achieved" and ungraded and facts.definition.kind != "learning":
        raise KeyResultsUngraded(ungraded)
    if derived not in (None, outcome) and command.verdict.reason is None:
        raise OutcomeContradictsGrade(outcome, given.grade)
    return outcome


def _closed(
    objective: Objective,
    outcome: ObjectiveOutcome,
    given: Grade,
    reason: str | None,
    marks: WorkMarks,
) -> list[ObjectiveEvent]:
    facts = objective.facts
    if objective == Closed(facts, outcome, given.grade, reason, given.learned):
        return []
    return [
        ObjectiveClosed(
            **marks,
            objective_id=facts.objective_id,
            outcome=outcome,
            grade=given.grade,
            reason=reason,
            learned=given.learned,
        )
    ]


def _repeats(command: CloseObjective, closed: Closed) -> bool:
    """Whether it asks for nothing but what is so already."""
    return command.outcome in (None, closed.outcome) and command.verdict.grade in (
        None,
        final_grade(closed),
    )
