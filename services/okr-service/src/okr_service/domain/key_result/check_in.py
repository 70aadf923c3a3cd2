from __future__ import annotations

from datetime import datetime

from helmlog_events.contracts.okr import CheckInRecorded

from okr_service.domain.cycle.guards import require_running
from okr_service.domain.key_result.commands import CheckIn
from okr_service.domain.key_result.events import KeyResultEvent
from okr_service.domain.key_result.measures import Milestones
from okr_service.domain.key_result.refusals import (
    BoundToKPI,
    CheckInUnsuited,
    CheckInWithoutValue,
    ConfidenceOutOfRange,
    ObservedInFuture,
    OutsideCycle,
    OverrideWithoutReason,
    UnknownMilestone,
)
from okr_service.domain.key_result.state import KeyResult
from okr_service.domain.key_result.update import Observation, updates
from okr_service.domain.objective.guards import require_standing
from okr_service.domain.remark import Remark

HIGHEST_CONFIDENCE = 10


def check_in(command: CheckIn, key_result: KeyResult) -> list[KeyResultEvent]:
    """What the owner reports, and what it moves.

    Raises `CycleNotActive`, `CycleIsClosed`, `ObjectiveIsClosed`, `ObjectiveWasDeclined`, or one
    of the refusals above.
    """
    require_running(command.cycle)
    require_standing(command.objective)
    facts = key_result.facts
    if facts.definition.kpi_id is not None and command.correction_reason is None:
        raise BoundToKPI(facts.definition.kpi_id)
    _refuse_unsuited(command, key_result)
    if command.confidence is not None and not 0 <= command.confidence <= HIGHEST_CONFIDENCE:
        raise ConfidenceOutOfRange(command.confidence)
    if command.status is not None and command.status_reason is None:
        raise OverrideWithoutReason(command.status)
    observed_at = _observed_at(command)
    observation = Observation(
        source="check_in",
        value=command.value,
        done=_in_order(command, key_result),
        remark=Remark(observed_at, command.confidence, command.narrative, command.status),
        observed_at=observed_at,
        cause=f"check-in/{command.check_in_id}",
    )
    recorded = CheckInRecorded(
        check_in_id=command.check_in_id,
        key_result_id=facts.key_result_id,
        objective_id=facts.objective_id,
        cycle_id=facts.cycle_id,
        after_reopening=command.cycle.facts.reopened,
        value=observation.value,
        done=observation.done if command.done is not None else None,
        confidence=command.confidence,
        narrative=command.narrative,
        status=command.status,
        status_reason=command.status_reason,
        correction_reason=command.correction_reason,
        observed_at=observed_at,
    )
    return [recorded, *updates(observation, key_result, command.cycle)]


def _refuse_unsuited(command: CheckIn, key_result: KeyResult) -> None:
    metric = key_result.facts.definition.metric
    if isinstance(key_result.measure, Milestones):
        if command.value is not None:
            raise CheckInUnsuited(metric, "value")
        if command.done is None:
            raise CheckInWithoutValue(metric)
        return
    if command.done is not None:
        raise CheckInUnsuited(metric, "done")
    if command.value is None:
        raise CheckInWithoutValue(metric)


def _in_order(command: CheckIn, key_result: KeyResult) -> tuple[str, ...]:
    names = [step.name for step in key_result.facts.definition.milestones]
    done = command.done or ()
    for name in done:
        if name not in names:
            raise UnknownMilestone(name)
    return tuple(name for name in names if name in done)


def _observed_at(command: CheckIn) -> datetime:
    course = command.cycle.facts.course
    if command.observed_at is None:
        return course.clock(command.at)
    if not course.contains(command.observed_at):
        raise OutsideCycle(command.observed_at)
    if command.observed_at > command.at:
        raise ObservedInFuture(command.observed_at)
    return command.observed_at
