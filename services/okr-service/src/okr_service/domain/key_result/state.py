from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Literal, assert_never
from uuid import UUID

from helmlog_events.contracts.okr import (
    CheckInRecorded,
    KeyResultAdded,
    KeyResultUpdated,
    StatusOverride,
)

from okr_service.domain.key_result.events import KeyResultEvent
from okr_service.domain.key_result.measures import (
    Measure,
    MeasureTerms,
    StayWithin,
    Step,
    measure_of,
)
from okr_service.domain.key_result.progress import Reading
from okr_service.domain.status import Measured

Source = Literal["check_in", "kpi"]


@dataclass(frozen=True, slots=True)
class KeyResultFacts:
    key_result_id: UUID
    objective_id: UUID
    cycle_id: UUID
    title: str
    terms: MeasureTerms
    unit: str | None
    rate: str | None
    weight: Decimal
    kpi_id: UUID | None
    owner: str | None


@dataclass(frozen=True, slots=True)
class Measurement:
    """What an update said, valid from `observed_at`."""

    source: Source
    value: Decimal | None
    done: tuple[str, ...]
    progress: Decimal
    progress_raw: Decimal
    confidence: int | None
    override: StatusOverride | None
    observed_at: datetime

    @property
    def measured(self) -> Measured:
        return Measured(self.progress, self.observed_at, self.override)


@dataclass(frozen=True, slots=True)
class NoKeyResult:
    """Nothing was added under this id."""


@dataclass(frozen=True, slots=True)
class KeyResult:
    """`current` is the newest measurement by the time it was true, whenever it was recorded.

    `readings` are kept in order, and only where the measure looks back at all of them.
    """

    facts: KeyResultFacts
    measure: Measure
    current: Measurement | None = None
    readings: tuple[Reading, ...] = ()

    def moved_by(self, measurement: Measurement) -> bool:
        """Whether it becomes current: told last of the newest moment."""
        return self.current is None or measurement.observed_at >= self.current.observed_at


KeyResultState = NoKeyResult | KeyResult


def initial_state() -> KeyResultState:
    return NoKeyResult()


def evolve(state: KeyResultState, event: KeyResultEvent) -> KeyResultState:
    match event:
        case KeyResultUpdated():
            return _updated(state, event)
        case CheckInRecorded():
            return state  # its effect is the KeyResultUpdated beside it
        case KeyResultAdded():
            facts = _facts(event)
            return KeyResult(facts, measure_of(facts.terms))
        case _ as unreachable:
            assert_never(unreachable)


def measurement_of(event: KeyResultUpdated) -> Measurement:
    """The measurement an update carries; its override is read off the rule that gave the status."""
    override: StatusOverride | None = None
    if event.status_rule == "override" and event.status in ("on_track", "behind", "at_risk"):
        override = event.status
    return Measurement(
        source=event.source,
        value=event.value,
        done=event.done,
        progress=event.progress,
        progress_raw=event.progress_raw,
        confidence=event.confidence,
        override=override,
        observed_at=event.observed_at,
    )


def with_reading(readings: tuple[Reading, ...], reading: Reading) -> tuple[Reading, ...]:
    """`readings` with one more in its place; another value for a known moment replaces it."""
    place = bisect_left(readings, reading.observed_at, key=lambda known: known.observed_at)
    known = place < len(readings) and readings[place].observed_at == reading.observed_at
    return (*readings[:place], reading, *readings[place + known :])


def _facts(event: KeyResultAdded) -> KeyResultFacts:
    return KeyResultFacts(
        key_result_id=event.key_result_id,
        objective_id=event.objective_id,
        cycle_id=event.cycle_id,
        title=event.title,
        terms=MeasureTerms(
            metric=event.metric,
            baseline=event.baseline,
            target=event.target,
            lower=event.lower,
            upper=event.upper,
            milestones=tuple(Step(step.name, step.weight) for step in event.milestones),
        ),
        unit=event.unit,
        rate=event.rate,
        weight=event.weight,
        kpi_id=event.kpi_id,
        owner=event.owner,
    )


def _updated(state: KeyResultState, event: KeyResultUpdated) -> KeyResult:
    if isinstance(state, NoKeyResult):
        raise TypeError("the stream of a key result begins with KeyResultAdded")
    measurement = measurement_of(event)
    if isinstance(state.measure, StayWithin) and event.value is not None:
        reading = Reading(event.observed_at, event.value)
        state = replace(state, readings=with_reading(state.readings, reading))
    if not state.moved_by(measurement):
        return state
    return KeyResult(state.facts, state.measure, measurement, state.readings)
