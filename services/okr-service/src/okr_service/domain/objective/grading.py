"""What an objective is graded by, before or as it is closed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final
from uuid import UUID

from helmlog_events.contracts.okr import KeyResultGraded, ObjectiveGraded

from okr_service.domain.cycle.guards import WorkMarks, mark_work
from okr_service.domain.cycle.state import Cycle
from okr_service.domain.grades import NothingToGrade, judge_grade, judge_learning
from okr_service.domain.objective.events import ObjectiveEvent
from okr_service.domain.objective.outcome import suggest_objective_grade, suggested_part_grade
from okr_service.domain.objective.refusals import (
    NotItsKeyResult,
    ObjectiveIsClosed,
    ObjectiveNotYetActive,
)
from okr_service.domain.objective.state import Active, Closed, Objective, ObjectiveFacts
from okr_service.domain.remark import Grade
from okr_service.domain.sheet import KeyResultSheet
from okr_service.domain.status import Measured


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the owner says at the end; `grade` none: as the key results suggest."""

    grade: Decimal | None = None
    reason: str | None = None
    learned: str | None = None


AS_SUGGESTED: Final = Verdict()


@dataclass(frozen=True, slots=True)
class GradeObjective:
    """`key_results` are those that count; `contributed` is for an objective without any."""

    objective_id: UUID
    cycle: Cycle
    verdict: Verdict = AS_SUGGESTED
    key_results: tuple[KeyResultSheet, ...] = ()
    contributed: Measured | None = None
    late_correction: bool = False


@dataclass(frozen=True, slots=True)
class PartGrade:
    """A key result's grade by its owner, said with that of its objective."""

    grade: Decimal
    reason: str | None = None


def grade(command: GradeObjective, objective: Objective) -> list[ObjectiveEvent]:
    """Asked for the same grade again, nothing changes. Closed ones are graded by late correction.

    Raises `ObjectiveNotYetActive`, `ObjectiveIsClosed`, `NothingToGrade` or what `judge` raises.
    """
    marks = mark_work(command.cycle, late_correction=command.late_correction)
    facts = objective.facts
    if isinstance(objective, Closed) and not command.late_correction:
        raise ObjectiveIsClosed(facts.objective_id)
    if not isinstance(objective, Active | Closed):
        raise ObjectiveNotYetActive(facts.objective_id)
    given = judge(command.verdict, facts, command.key_results, command.contributed)
    if given.grade is None and given.learned is None:
        raise NothingToGrade(facts.objective_id)
    return graded(given, facts, marks)


def judge(
    verdict: Verdict,
    facts: ObjectiveFacts,
    key_results: Sequence[KeyResultSheet],
    contributed: Measured | None,
    *,
    unfinished: bool = False,
) -> Grade:
    """The grade a verdict comes to. One given by hand before stands unless another is given; one
    that only followed its suggestion goes on following. `unfinished` learning may not have ended.

    Raises what `judge_grade` and `judge_learning` raise.
    """
    known = facts.grade
    learned = verdict.learned or (None if known is None else known.learned)
    if facts.definition.kind == "learning":
        return judge_learning(facts.objective_id, verdict.grade, learned, unfinished=unfinished)
    suggested = suggest_objective_grade(key_results, contributed)
    if verdict.grade is None and known is not None and known.reason is not None:
        return replace(known, suggested=suggested, learned=learned)
    return judge_grade(suggested, verdict.grade, verdict.reason, learned)


def graded(given: Grade, facts: ObjectiveFacts, marks: WorkMarks) -> list[ObjectiveEvent]:
    """Nothing where there is no grade, or the same as before."""
    if given == facts.grade or (given.grade is None and given.learned is None):
        return []
    return [
        ObjectiveGraded(
            **marks,
            objective_id=facts.objective_id,
            grade=given.grade,
            suggested=given.suggested,
            reason=given.reason,
            learned=given.learned,
        )
    ]


def grade_parts(
    key_results: Sequence[KeyResultSheet],
    given: Mapping[UUID, PartGrade],
    objective_id: UUID,
    marks: WorkMarks,
    *,
    learning: bool = False,
) -> list[KeyResultGraded]:
    """Those given, and each ungraded one that was measured by its suggestion. `learning` has no
    numbers in its parts either.

    Raises `NotItsKeyResult` or what `judge_grade` and `judge_learning` raise.
    """
    parts = {part.facts.key_result_id: part for part in key_results}
    for key_result_id in given:
        if key_result_id not in parts:
            raise NotItsKeyResult(key_result_id)
    decided: list[KeyResultGraded] = []
    for key_result_id, part in parts.items():
        grade = _part_grade(part, given.get(key_result_id), learning=learning)
        if grade is None or grade == part.grade:
            continue
        decided.append(
            KeyResultGraded(
                **marks,
                key_result_id=key_result_id,
                objective_id=objective_id,
                grade=grade.grade,
                suggested=grade.suggested,
                reason=grade.reason,
                learned=grade.learned,
            )
        )
    return decided


def _part_grade(part: KeyResultSheet, given: PartGrade | None, *, learning: bool) -> Grade | None:
    suggested = suggested_part_grade(part)
    learned = None if part.grade is None else part.grade.learned
    if given is not None and learning:
        return judge_learning(part.facts.key_result_id, given.grade, learned)
    if given is not None:
        return judge_grade(suggested, given.grade, given.reason, learned)
    if learning or part.grade is not None or suggested is None:
        return None
    return judge_grade(suggested, None, None, learned)
