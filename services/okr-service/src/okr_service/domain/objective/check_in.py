from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from helmlog_events.contracts.okr import ObjectiveCheckInRecorded, StatusOverride

from okr_service.domain.cycle.guards import mark_work, require_running
from okr_service.domain.cycle.state import Cycle
from okr_service.domain.key_result.check_in import HIGHEST_CONFIDENCE
from okr_service.domain.key_result.refusals import (
    ConfidenceOutOfRange,
    ObservedInFuture,
    OutsideCycle,
    OverrideWithoutReason,
)
from okr_service.domain.objective.events import ObjectiveEvent
from okr_service.domain.objective.guards import require_standing
from okr_service.domain.objective.refusals import CheckInSaysNothing
from okr_service.domain.objective.state import Objective


@dataclass(frozen=True, slots=True)
class CheckInObjective:
    """`observed_at` is when it was true; none means now, by the cycle's clock."""

    check_in_id: UUID
    objective_id: UUID
    cycle: Cycle
    at: datetime
    confidence: int | None = None
    narrative: str | None = None
    status: StatusOverride | None = None
    status_reason: str | None = None
    observed_at: datetime | None = None


def check_in(command: CheckInObjective, objective: Objective) -> list[ObjectiveEvent]:
    """Words about the objective as a whole: its progress is moved by what it is measured by.

    Raises `CycleNotActive`, `CycleIsClosed`, `ObjectiveIsClosed`, `ObjectiveWasDeclined`,
    `CheckInSaysNothing`, `ConfidenceOutOfRange`, `OverrideWithoutReason`, `OutsideCycle` or
    `ObservedInFuture`.
    """
    require_running(command.cycle)
    require_standing(objective)
    if command.confidence is None and not command.narrative and command.status is None:
        raise CheckInSaysNothing(command.objective_id)
    if command.confidence is not None and not 0 <= command.confidence <= HIGHEST_CONFIDENCE:
        raise ConfidenceOutOfRange(command.confidence)
    if command.status is not None and command.status_reason is None:
        raise OverrideWithoutReason(command.status)
    return [
        ObjectiveCheckInRecorded(
            **mark_work(command.cycle),
            check_in_id=command.check_in_id,
            objective_id=objective.facts.objective_id,
            confidence=command.confidence,
            narrative=command.narrative,
            status=command.status,
            status_reason=command.status_reason,
            observed_at=_observed_at(command),
        )
    ]


def _observed_at(command: CheckInObjective) -> datetime:
    course = command.cycle.facts.course
    if command.observed_at is None:
        return course.clock(command.at)
    if not course.contains(command.observed_at):
        raise OutsideCycle(command.observed_at)
    if command.observed_at > command.at:
        raise ObservedInFuture(command.observed_at)
    return command.observed_at
