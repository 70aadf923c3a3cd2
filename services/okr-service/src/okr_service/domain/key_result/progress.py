"""Progress as a share of the way: 1 is reached, raw values may lie below 0 or above 1."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Sequence
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from okr_service.domain.arithmetic import (
    ONE,
    ZERO,
    add,
    divide,
    microseconds,
    rounded,
    subtract,
)
from okr_service.domain.key_result.measures import Decrease, Increase, Milestones, StayWithin


class Reading(NamedTuple):
    observed_at: datetime
    value: Decimal


def with_reading(readings: tuple[Reading, ...], reading: Reading) -> tuple[Reading, ...]:
    """`readings` with one more in its place; another value for a known moment replaces it."""
    place = bisect_left(readings, reading.observed_at, key=lambda known: known.observed_at)
    known = place < len(readings) and readings[place].observed_at == reading.observed_at
    return (*readings[:place], reading, *readings[place + known :])


def travelled(measure: Increase | Decrease, value: Decimal) -> Decimal:
    """`(v-b)/(t-b)` going up, `(b-v)/(b-t)` going down."""
    match measure:
        case Increase(baseline, target):
            share = divide(subtract(value, baseline), subtract(target, baseline))
        case Decrease(baseline, target):
            share = divide(subtract(baseline, value), subtract(baseline, target))
    return rounded(share)


def share_of_readings(band: StayWithin, readings: Sequence[Reading]) -> Decimal:
    """The share of `readings` (at least one) inside the band."""
    inside = sum(band.holds(reading.value) for reading in readings)
    return rounded(divide(Decimal(inside), Decimal(len(readings))))


def share_of_time(band: StayWithin, readings: Sequence[Reading], until: datetime) -> Decimal:
    """The share of time inside the band from the first reading to `until`.

    A value holds until the next one; `readings` (at least one) are in order. Before any time has
    passed, it is whether the last value lies inside.
    """
    spans = spans_of(band, readings, until)
    whole = add(span for span, _ in spans)
    if whole == ZERO:
        return rounded(ONE if spans[-1][1] else ZERO)
    return rounded(divide(add(span for span, inside in spans if inside), whole))


def spans_of(
    band: StayWithin, readings: Sequence[Reading], until: datetime
) -> list[tuple[Decimal, bool]]:
    """How long each reading's value held, in microseconds, and whether inside the band."""
    ends = [*(reading.observed_at for reading in readings[1:]), until]
    return [
        (microseconds(end - reading.observed_at), band.holds(reading.value))
        for reading, end in zip(readings, ends, strict=True)
    ]


def share_of_steps(milestones: Milestones, done: Collection[str]) -> Decimal:
    """Sum of weights done / sum of weights."""
    reached = add(step.weight for step in milestones.steps if step.name in done)
    return rounded(divide(reached, add(step.weight for step in milestones.steps)))
