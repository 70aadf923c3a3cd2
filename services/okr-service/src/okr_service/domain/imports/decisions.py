"""What an import asks of the rules for what stands already: each question in one place."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from helmlog_events.contracts.okr import KeyResultDefinition, ObjectiveDefinition

from okr_service.domain.cycle.state import Cycle
from okr_service.domain.key_result.commands import GradeKeyResult, ReviseKeyResult
from okr_service.domain.key_result.decide import decide as decide_key_result
from okr_service.domain.key_result.events import KeyResultEvent
from okr_service.domain.key_result.state import KeyResult
from okr_service.domain.objective.check_in import CheckInObjective
from okr_service.domain.objective.decide import decide as decide_objective
from okr_service.domain.objective.events import ObjectiveEvent
from okr_service.domain.objective.grading import GradeObjective, Verdict
from okr_service.domain.objective.revise import ReviseObjective
from okr_service.domain.objective.state import Objective


def revise_objective(
    objective: Objective, cycle: Cycle, after: ObjectiveDefinition, reason: str
) -> list[ObjectiveEvent]:
    command = ReviseObjective(objective.facts.objective_id, cycle, after, reason)
    return decide_objective(command, objective)


def check_in_on_objective(
    objective: Objective,
    cycle: Cycle,
    *,
    check_in_id: UUID,
    narrative: str,
    observed_at: datetime | None,
    at: datetime,
) -> list[ObjectiveEvent]:
    """`observed_at` none: now, by the cycle's clock."""
    command = CheckInObjective(
        check_in_id=check_in_id,
        objective_id=objective.facts.objective_id,
        cycle=cycle,
        at=at,
        narrative=narrative,
        observed_at=observed_at,
    )
    return decide_objective(command, objective)


def grade_objective(
    objective: Objective, cycle: Cycle, grade: Decimal, reason: str
) -> list[ObjectiveEvent]:
    """As stated, whatever its key results would suggest."""
    command = GradeObjective(objective.facts.objective_id, cycle, Verdict(grade, reason))
    return decide_objective(command, objective)


def revise_key_result(
    key_result: KeyResult,
    objective: Objective,
    cycle: Cycle,
    after: KeyResultDefinition,
    reason: str,
    *,
    at: datetime,
    version: int,
) -> list[KeyResultEvent]:
    """`version` is the one that the revision gets in its stream."""
    before = key_result.facts.definition
    changes = {
        name: value
        for name in type(after).model_fields
        if (value := getattr(after, name)) != getattr(before, name)
    }
    command = ReviseKeyResult(
        key_result_id=key_result.facts.key_result_id,
        objective=objective,
        cycle=cycle,
        at=at,
        reason=reason,
        version=version,
        changes=changes,
    )
    return decide_key_result(command, key_result)


def grade_key_result(
    key_result: KeyResult, objective: Objective, cycle: Cycle, grade: Decimal, reason: str
) -> list[KeyResultEvent]:
    command = GradeKeyResult(
        key_result_id=key_result.facts.key_result_id,
        objective=objective,
        cycle=cycle,
        grade=grade,
        reason=reason,
    )
    return decide_key_result(command, key_result)
