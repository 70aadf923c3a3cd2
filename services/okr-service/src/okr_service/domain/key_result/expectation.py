"""Where a key result should stand by now: on a straight line, a curve, or by dated milestones."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from itertools import pairwise

from helmlog_events.contracts.okr import KeyResultDefinition

from okr_service.domain.arithmetic import (
    ONE,
    add,
    clamp,
    divide,
    microseconds,
    multiply,
    rounded,
    subtract,
)
from okr_service.domain.course import Course
from okr_service.domain.key_result.measures import Decrease, Increase, measure_of
from okr_service.domain.key_result.progress import travelled


def expected_progress(definition: KeyResultDefinition, course: Course, moment: datetime) -> Decimal:
    """A share of 1, six places, at `moment` by the cycle's clock."""
    moment = course.clock(moment)
    if any(step.due_on is not None for step in definition.milestones):
        return _due_by(definition, course, moment)
    measure = measure_of(definition)
    if definition.curve and isinstance(measure, Increase | Decrease):
        return rounded(clamp(travelled(measure, _planned(definition, measure, course, moment))))
    due_at = _due_at(definition.due_on, course)
    if due_at <= course.starts_at:
        return rounded(ONE)  # the cycle was moved since
    return _straight(course.starts_at, due_at, moment)


# A board asks for few different ones, of each key result twice.
@lru_cache(maxsize=1_000)
def _straight(starts_at: datetime, due_at: datetime, moment: datetime) -> Decimal:
    whole = microseconds(due_at - starts_at)
    return rounded(clamp(divide(microseconds(moment - starts_at), whole)))


def _due_by(definition: KeyResultDefinition, course: Course, moment: datetime) -> Decimal:
    """The weights of milestones whose day is over; one without a day has the whole time."""
    # The cycle's clock stops a moment before its end, where its last day counts as over.
    now = course.ends_at if moment == course.last_moment else moment
    over = add(
        step.weight
        for step in definition.milestones
        if _due_at(step.due_on or definition.due_on, course) <= now
    )
    return rounded(divide(over, add(step.weight for step in definition.milestones)))


def _planned(
    definition: KeyResultDefinition,
    measure: Increase | Decrease,
    course: Course,
    moment: datetime,
) -> Decimal:
    """The value on the lines between baseline, the points of the curve, and target."""
    end = _due_at(definition.due_on, course)
    points = [
        (course.starts_at, measure.baseline),
        *((_due_at(point.on, course), point.value) for point in definition.curve),
        (end, measure.target),
    ]
    for (since, before), (until, after) in pairwise(points):
        if moment < until:
            share = divide(microseconds(moment - since), microseconds(until - since))
            way = multiply(share, subtract(after, before))
            return add((before, way))
    return measure.target


def _due_at(day: date | None, course: Course) -> datetime:
    """The first moment after `day`; after the cycle, where none is given."""
    return course.ends_at if day is None else course.end_of(day)
