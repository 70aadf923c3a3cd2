"""What an import asks of the rules for what stands already: each question in one place."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from helmlog_events.contracts.okr import (
    CheckInRecorded,
    KeyResultDefinition,
    KeyResultGraded,
    KeyResultRevised,
    ObjectiveCheckInRecorded,
    ObjectiveDefinition,
    ObjectiveGraded,
    ObjectiveRevised,
)

from okr_service.domain.cycle.guards import mark_work, require_running
from okr_service.domain.cycle.state import Cycle
from okr_service.domain.key_result.check_in import HIGHEST_CONFIDENCE
from okr_service.domain.key_result.events import KeyResultEvent
from okr_service.domain.key_result.measures import define_measure
from okr_service.domain.key_result.refusals import (
    ConfidenceOutOfRange,
    ObservedInFuture,
    OutsideCycle,
    WeightNotPositive,
)
from okr_service.domain.key_result.state import KeyResult
from okr_service.domain.objective.events import ObjectiveEvent
from okr_service.domain.objective.guards import require_standing
from okr_service.domain.objective.state import Objective


def revise_objective(
    objective: Objective, cycle: Cycle, after: ObjectiveDefinition, reason: str
) -> list[ObjectiveEvent]:
    require_standing(objective)
    facts = objective.facts
    return [
        ObjectiveRevised(
            **mark_work(cycle),
            objective_id=facts.objective_id,
            reason=reason,
            before=facts.definition,
            after=after,
        )
    ]


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
    require_running(cycle)
    require_standing(objective)
    return [
        ObjectiveCheckInRecorded(
            **mark_work(cycle),
            objective_id=objective.facts.objective_id,
            check_in_id=check_in_id,
            narrative=narrative,
            observed_at=_observed_at(observed_at, cycle, at),
        )
    ]


def grade_objective(
    objective: Objective, cycle: Cycle, grade: Decimal, reason: str
) -> list[ObjectiveEvent]:
    require_standing(objective)
    return [
        ObjectiveGraded(
            **mark_work(cycle),
            objective_id=objective.facts.objective_id,
            grade=grade,
            reason=reason,
        )
    ]


def revise_key_result(
    key_result: KeyResult,
    objective: Objective,
    cycle: Cycle,
    after: KeyResultDefinition,
    reason: str,
) -> list[KeyResultEvent]:
    require_standing(objective)
    if after.weight <= 0:
        raise WeightNotPositive(after.weight)
    facts = key_result.facts
    rebased = define_measure(after) != key_result.measure
    return [
        KeyResultRevised(
            **mark_work(cycle),
            key_result_id=facts.key_result_id,
            objective_id=facts.objective_id,
            reason=reason,
            before=facts.definition,
            after=after,
            rebased=rebased,
        )
    ]


def remark_on_key_result(
    key_result: KeyResult,
    objective: Objective,
    cycle: Cycle,
    *,
    check_in_id: UUID,
    narrative: str | None,
    confidence: int | None,
    observed_at: datetime | None,
    at: datetime,
) -> list[KeyResultEvent]:
    """A check-in of words alone: it moves nothing."""
    require_running(cycle)
    require_standing(objective)
    if confidence is not None and confidence > HIGHEST_CONFIDENCE:
        raise ConfidenceOutOfRange(confidence)
    facts = key_result.facts
    return [
        CheckInRecorded(
            **mark_work(cycle),
            check_in_id=check_in_id,
            key_result_id=facts.key_result_id,
            objective_id=facts.objective_id,
            narrative=narrative,
            confidence=confidence,
            observed_at=_observed_at(observed_at, cycle, at),
        )
    ]


def grade_key_result(
    key_result: KeyResult, objective: Objective, cycle: Cycle, grade: Decimal, reason: str
) -> list[KeyResultEvent]:
    require_standing(objective)
    facts = key_result.facts
    return [
        KeyResultGraded(
            **mark_work(cycle),
            key_result_id=facts.key_result_id,
            objective_id=facts.objective_id,
            grade=grade,
            suggested=None if key_result.current is None else key_result.current.progress,
            reason=reason,
        )
    ]


def _observed_at(stated: datetime | None, cycle: Cycle, at: datetime) -> datetime:
    course = cycle.facts.course
    if stated is None:
        return course.clock(at)
    if not course.contains(stated):
        raise OutsideCycle(stated)
    if stated > at:
        raise ObservedInFuture(stated)
    return stated
