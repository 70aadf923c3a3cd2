"""From an observation to `KeyResultUpdated`, with every result in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import assert_never

from helmlog_events.contracts.okr import KeyResultUpdated, ProgressRule, UpdateSource

from okr_service.domain.arithmetic import clamp, rounded
from okr_service.domain.cycle.state import Cycle
from okr_service.domain.key_result.expectation import expected_progress
from okr_service.domain.key_result.measures import (
    Decrease,
    Increase,
    Measure,
    Milestones,
    StayWithin,
)
from okr_service.domain.key_result.progress import (
    Reading,
    share_of_readings,
    share_of_steps,
    share_of_time,
    travelled,
)
from okr_service.domain.key_result.state import KeyResult, with_reading
from okr_service.domain.remark import Remark
from okr_service.domain.status import Measured, stand


@dataclass(frozen=True, slots=True)
class Observation:
    """A value, or milestones done, true at `observed_at`; `remark` is what holds besides."""

    source: UpdateSource
    value: Decimal | None
    done: tuple[str, ...]
    remark: Remark | None
    observed_at: datetime
    cause: str


def updates(
    observation: Observation, key_result: KeyResult, cycle: Cycle
) -> Sequence[KeyResultUpdated]:
    """One update; and where a late reading changes the share that readings after it make up,
    a second one that says the current value again with its new share.
    """
    readings = key_result.readings
    if isinstance(key_result.measure, StayWithin) and observation.value is not None:
        readings = with_reading(readings, Reading(observation.observed_at, observation.value))
    first = _update(observation, key_result, cycle, readings)
    current = key_result.current
    if not isinstance(key_result.measure, StayWithin) or current is None:
        return [first]
    if observation.observed_at >= current.observed_at:
        return [first]
    again = Observation(
        source=current.source,
        value=current.value,
        done=current.done,
        remark=observation.remark,
        observed_at=current.observed_at,
        cause=observation.cause,
    )
    return [first, _update(again, key_result, cycle, readings)]


def _update(
    observation: Observation, key_result: KeyResult, cycle: Cycle, readings: Sequence[Reading]
) -> KeyResultUpdated:
    facts = key_result.facts
    definition, remark = facts.definition, observation.remark
    raw, rule = _progress(
        key_result.measure, observation, readings, bound_to_kpi=definition.kpi_id is not None
    )
    progress = rounded(clamp(raw))
    override = None if remark is None else remark.override
    standing = stand(
        cycle.facts,
        Measured(progress, observation.observed_at, override),
        observation.observed_at,
        closed=False,
        expected=expected_progress(definition, cycle.facts.course, observation.observed_at),
        guarded=bool(key_result.breaches),
    )
    return KeyResultUpdated(
        key_result_id=facts.key_result_id,
        objective_id=facts.objective_id,
        cycle_id=facts.cycle_id,
        after_reopening=cycle.facts.reopened,
        source=observation.source,
        value=observation.value,
        done=observation.done,
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
        cause=observation.cause,
    )


def _progress(
    measure: Measure | None,
    observation: Observation,
    readings: Sequence[Reading],
    *,
    bound_to_kpi: bool,
) -> tuple[Decimal, ProgressRule]:
    match measure:
        case Increase():
            return travelled(measure, _value(observation)), "increase"
        case Decrease():
            return travelled(measure, _value(observation)), "decrease"
        case StayWithin():
            until = observation.observed_at
            known = [reading for reading in readings if reading.observed_at <= until]
            if bound_to_kpi:
                return share_of_readings(measure, known), "share_of_readings"
            return share_of_time(measure, known, until), "share_of_time"
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
