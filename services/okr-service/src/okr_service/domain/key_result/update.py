"""From an observation to `KeyResultUpdated`, with every result in it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import assert_never

from helmlog_events.contracts.okr import KeyResultUpdated, ProgressRule, UpdateSource

from okr_service.domain.arithmetic import clamp, rounded
from okr_service.domain.cycle.guards import mark_work
from okr_service.domain.cycle.state import Cycle
from okr_service.domain.key_result.expectation import expected_progress
from okr_service.domain.key_result.line import Line, fits
from okr_service.domain.key_result.measurement import Measurement
from okr_service.domain.key_result.measures import (
    Decrease,
    Increase,
    Measure,
    Milestones,
    StayWithin,
)
from okr_service.domain.key_result.parts import marks_after
from okr_service.domain.key_result.progress import share_of_steps, travelled
from okr_service.domain.key_result.readings import (
    Reading,
    Readings,
    share_of_readings,
    share_of_time,
)
from okr_service.domain.key_result.state import KeyResult
from okr_service.domain.remark import Remark, newer
from okr_service.domain.status import Measured, stand


@dataclass(frozen=True, slots=True)
class Observation:
    """A value, or milestones done, true since `observed_at`; `remark` is what holds besides.

    `valid_from` is later where the value is said again.
    """

    source: UpdateSource
    value: Decimal | None
    done: tuple[str, ...]
    remark: Remark | None
    observed_at: datetime
    cause: str
    valid_from: datetime | None = None

    @property
    def said_at(self) -> datetime:
        return self.valid_from or self.observed_at


def updates(
    observation: Observation, key_result: KeyResult, cycle: Cycle, *, late_correction: bool = False
) -> Sequence[KeyResultUpdated]:
    """One update by the line that held then; and others where more follows from it.

    A value is said again wherever one was that it takes the place of: at a later line, say. A late
    reading changes the share that readings after it make up: the current value is said again with
    its new share.
    """
    readings = key_result.readings
    if isinstance(key_result.measure, StayWithin) and observation.value is not None:
        reading = Reading(observation.observed_at, observation.value)
        readings = readings.under(key_result.measure).including([reading])
    current = key_result.current
    said = [observation, *_said_again(observation, key_result)]
    if (
        isinstance(key_result.measure, StayWithin)
        and current is not None
        and observation.observed_at < current.observed_at
    ):
        said.append(again(current, key_result, key_result.said_at, cause=observation.cause))
    return say(said, key_result, cycle, readings, late_correction=late_correction)


def say(
    observations: Iterable[Observation],
    key_result: KeyResult,
    cycle: Cycle,
    readings: Readings,
    *,
    late_correction: bool = False,
) -> Sequence[KeyResultUpdated]:
    """Each observation by the line that holds when it is said, if it means anything there."""
    return [
        _update(one, line, key_result, cycle, readings, late_correction=late_correction)
        for one in observations
        for line in [key_result.line_at(one.said_at)]
        if fits(line.measure, one.value)
    ]


def again(
    measurement: Measurement,
    key_result: KeyResult,
    said_at: datetime | None,
    *,
    source: UpdateSource | None = None,
    cause: str | None = None,
) -> Observation:
    """A known measurement said again at `said_at`, with the newest words that hold by then."""
    said_at = said_at or measurement.observed_at
    return Observation(
        source=source or measurement.source,
        value=measurement.value,
        done=measurement.done,
        remark=holding(key_result.remark, said_at),
        observed_at=measurement.observed_at,
        cause=cause or measurement.cause,
        valid_from=None if said_at == measurement.observed_at else said_at,
    )


def holding(remark: Remark | None, moment: datetime) -> Remark | None:
    """`remark`, if it was made by `moment`."""
    return remark if remark is not None and remark.observed_at <= moment else None


def _said_again(observation: Observation, key_result: KeyResult) -> Iterable[Observation]:
    for mark in marks_after(key_result.marks, observation.observed_at):
        moment, held = mark.moment, mark.held or observation.observed_at
        if observation.observed_at >= held:
            newest = holding(key_result.remark, moment)
            remark = newest if observation.remark is None else newer(newest, observation.remark)
            yield replace(observation, remark=remark, valid_from=moment)


def _update(
    observation: Observation,
    line: Line,
    key_result: KeyResult,
    cycle: Cycle,
    readings: Readings,
    *,
    late_correction: bool,
) -> KeyResultUpdated:
    facts, definition, remark = key_result.facts, line.definition, observation.remark
    bound, known = definition.kpi_id is not None, {step.name for step in definition.milestones}
    raw, rule = _progress(line.measure, observation, readings, bound_to_kpi=bound)
    progress = rounded(clamp(raw))
    override = None if remark is None else remark.override
    standing = stand(
        cycle.facts,
        Measured(progress, observation.observed_at).remarked(remark),
        observation.said_at,
        closed=False,
        expected=expected_progress(definition, cycle.facts.course, observation.said_at),
        guarded=bool(key_result.breaches),
    )
    return KeyResultUpdated(
        key_result_id=facts.key_result_id,
        objective_id=facts.objective_id,
        **mark_work(cycle, late_correction=late_correction),
        source=observation.source,
        value=observation.value,
        done=tuple(step for step in observation.done if step in known),
        progress=progress,
        progress_raw=raw,
        progress_rule=rule,
        expected_progress=standing.expected_progress,
        status=standing.status,
        status_rule=standing.status_rule,
        override=override,
        confidence=None if remark is None else remark.confidence,
        kpi_id=definition.kpi_id,
        observed_at=observation.observed_at,
        valid_from=observation.valid_from,
        cause=observation.cause,
    )


def _progress(
    measure: Measure | None,
    observation: Observation,
    readings: Readings,
    *,
    bound_to_kpi: bool,
) -> tuple[Decimal, ProgressRule]:
    match measure:
        case Increase():
            return travelled(measure, _value(observation)), "increase"
        case Decrease():
            return travelled(measure, _value(observation)), "decrease"
        case StayWithin():
            known, until = readings.under(measure), observation.observed_at
            if bound_to_kpi:
                return share_of_readings(known, until), "share_of_readings"
            return share_of_time(known, until), "share_of_time"
        case Milestones():
            return share_of_steps(measure, observation.done), "share_of_milestones"
        case None:
            raise ValueError("nothing is measured before there is a target")
        case _ as unreachable:
            assert_never(unreachable)


def _value(observation: Observation) -> Decimal:
    if observation.value is None:
        raise ValueError("a measure with a target is moved by a value")
    return observation.value
