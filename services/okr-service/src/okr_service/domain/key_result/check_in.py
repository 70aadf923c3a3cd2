from __future__ import annotations

from datetime import datetime

from helmlog_events.contracts.okr import (
    CheckInAcknowledged,
    CheckInRecorded,
    KeyResultUpdated,
    Targets,
)

from okr_service.domain.cycle.guards import WorkMarks, mark_work
from okr_service.domain.cycle.refusals import CycleNotActive
from okr_service.domain.cycle.state import Planning
from okr_service.domain.key_result.commands import AcknowledgeCheckIn, CheckIn
from okr_service.domain.key_result.events import KeyResultEvent
from okr_service.domain.key_result.guards import require_work
from okr_service.domain.key_result.line import Line
from okr_service.domain.key_result.measures import Milestones
from okr_service.domain.key_result.refusals import (
    BoundToKPI,
    CheckInUnsuited,
    CheckInWithoutValue,
    ConfidenceOutOfRange,
    CorrectionAtAnotherTime,
    CorrectionWithoutReason,
    CorrectsUnknownCheckIn,
    ObservedInFuture,
    OutsideCycle,
    OverrideWithoutReason,
    OwnCheckIn,
    TargetNotResolved,
    UnknownCheckIn,
    UnknownMilestone,
)
from okr_service.domain.key_result.state import KeyResult, evolve_existing, remark_of
from okr_service.domain.key_result.update import Observation, again, say, updates

HIGHEST_CONFIDENCE = 10


def check_in(command: CheckIn, key_result: KeyResult) -> list[KeyResultEvent]:
    """What the owner reports, and what it moves.

    Raises `CycleNotActive`, `CycleIsClosed`, `CycleNotClosed`, the refusals of `require_work`, or
    one of the refusals above.
    """
    marks = mark_work(command.cycle, late_correction=command.late_correction)
    if isinstance(command.cycle, Planning):
        raise CycleNotActive(command.cycle.facts.cycle_id)
    require_work(key_result, command.objective, late_correction=command.late_correction)
    _refuse_empty(command, key_result)
    if command.correction_reason is None and (command.late_correction or command.corrects):
        raise CorrectionWithoutReason
    observed_at = _observed_at(command, key_result)
    line = key_result.line_at(observed_at)
    _refuse_unsuited(command, key_result, line)
    recorded = _recorded(command, key_result, line, observed_at, marks)
    return [recorded, *_moved(command, key_result, recorded)]


def acknowledge(command: AcknowledgeCheckIn, key_result: KeyResult) -> list[KeyResultEvent]:
    """Raises `CycleIsClosed`, `UnknownCheckIn` or `OwnCheckIn`."""
    marks = mark_work(command.cycle)
    known = key_result.check_ins.get(command.check_in_id)
    if known is None:
        raise UnknownCheckIn(command.check_in_id)
    if known.acknowledged:
        return []
    if known.author == command.by:
        raise OwnCheckIn(command.by)
    return [
        CheckInAcknowledged(
            check_in_id=command.check_in_id,
            key_result_id=key_result.facts.key_result_id,
            objective_id=key_result.facts.objective_id,
            **marks,
            note=command.note,
        )
    ]


def _refuse_empty(command: CheckIn, key_result: KeyResult) -> None:
    said = (command.value, command.done, command.confidence, command.status)
    if all(part is None for part in said) and not command.narrative:
        raise CheckInWithoutValue(key_result.facts.definition.metric)
    if command.confidence is not None and not 0 <= command.confidence <= HIGHEST_CONFIDENCE:
        raise ConfidenceOutOfRange(command.confidence)
    if command.status is not None and command.status_reason is None:
        raise OverrideWithoutReason(command.status)


def _refuse_unsuited(command: CheckIn, key_result: KeyResult, line: Line) -> None:
    if command.value is None and command.done is None:
        return
    metric, kpi_id = line.definition.metric, line.definition.kpi_id
    if kpi_id is not None and command.correction_reason is None:
        raise BoundToKPI(kpi_id)
    if line.measure is None:
        raise TargetNotResolved(key_result.facts.key_result_id)
    takes_steps = isinstance(line.measure, Milestones)
    if takes_steps and command.value is not None:
        raise CheckInUnsuited(metric, "value")
    if not takes_steps and command.done is not None:
        raise CheckInUnsuited(metric, "done")


def _observed_at(command: CheckIn, key_result: KeyResult) -> datetime:
    corrected_at = None
    if command.corrects is not None:
        known = key_result.check_ins.get(command.corrects)
        if known is None:
            raise CorrectsUnknownCheckIn(command.corrects)
        corrected_at = known.observed_at
        if command.observed_at not in (None, corrected_at):
            raise CorrectionAtAnotherTime(corrected_at, command.observed_at)
    moment = corrected_at or command.observed_at
    course = command.cycle.facts.course
    if moment is None:
        return course.clock(command.at)
    if not course.contains(moment):
        raise OutsideCycle(moment)
    if moment > command.at:
        raise ObservedInFuture(moment)
    return moment


def _recorded(
    command: CheckIn,
    key_result: KeyResult,
    line: Line,
    observed_at: datetime,
    marks: WorkMarks,
) -> CheckInRecorded:
    return CheckInRecorded(
        check_in_id=command.check_in_id,
        key_result_id=key_result.facts.key_result_id,
        objective_id=key_result.facts.objective_id,
        **marks,
        value=command.value,
        done=None if command.done is None else _in_order(command.done, line),
        confidence=command.confidence,
        narrative=command.narrative,
        status=command.status,
        status_reason=command.status_reason,
        correction_reason=command.correction_reason,
        corrects=command.corrects,
        targets=Targets(**{name: getattr(line.definition, name) for name in Targets.model_fields}),
        author=command.by,
        observed_at=observed_at,
    )


def _in_order(done: tuple[str, ...], line: Line) -> tuple[str, ...]:
    names = [step.name for step in line.definition.milestones]
    for name in done:
        if name not in names:
            raise UnknownMilestone(name)
    return tuple(name for name in names if name in done)


def _moved(
    command: CheckIn, key_result: KeyResult, recorded: CheckInRecorded
) -> list[KeyResultUpdated]:
    cause = f"check-in/{recorded.check_in_id}"
    if recorded.value is None and recorded.done is None:
        return _reworded(command, key_result, recorded, cause)
    observation = Observation(
        source="check_in",
        value=recorded.value,
        done=recorded.done or (),
        remark=remark_of(recorded),
        observed_at=recorded.observed_at,
        cause=cause,
    )
    late = command.late_correction
    return [*updates(observation, key_result, command.cycle, late_correction=late)]


def _reworded(
    command: CheckIn, key_result: KeyResult, recorded: CheckInRecorded, cause: str
) -> list[KeyResultUpdated]:
    """Words move no value; the newest are said with it, for they may judge it otherwise."""
    spoken = evolve_existing(key_result, [recorded])
    if spoken.current is None or spoken.remark != remark_of(recorded):
        return []
    at = max(recorded.observed_at, spoken.said_at or recorded.observed_at)
    observation = again(spoken.current, spoken, at, source="check_in", cause=cause)
    return [
        *say(
            [observation],
            spoken,
            command.cycle,
            spoken.readings,
            late_correction=command.late_correction,
        )
    ]
