"""Whether what a key result says of itself holds together."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Final

from helmlog_events.contracts.okr import KeyResultDefinition, RelativeTarget

from okr_service.domain.arithmetic import ZERO
from okr_service.domain.course import Course
from okr_service.domain.key_result.definition_refusals import (
    CommitOffTheWay,
    CurveNotInOrder,
    CurveRunsBackwards,
    DayOutsideCycle,
    GuardrailIsOwnKPI,
    GuardrailsAlike,
    RelativeChangeOnWrongSide,
    RelativeTargetWithNumbers,
    RelativeTargetWithoutKPI,
    StretchNotBeyondTarget,
    TooManyGuardrails,
)
from okr_service.domain.key_result.measures import (
    Decrease,
    Increase,
    Measure,
    Milestones,
    define_measure,
)
from okr_service.domain.key_result.refusals import (
    MeasureUnsuited,
    MilestonesCannotFollowKPI,
    WeightNotPositive,
)

MOST_GUARDRAILS: Final = 20
NUMBERS: Final = ("baseline", "target", "commit", "stretch", "curve")
"""What a relative target gives, and what rests on it."""

_ON_A_WAY: Final = ("commit", "stretch", "relative", "curve")


def define(definition: KeyResultDefinition, course: Course) -> Measure | None:
    """The measure it defines in a cycle of this course; none while a relative target waits.

    Raises the refusals of `define_measure` and those imported above.
    """
    if definition.weight <= ZERO:
        raise WeightNotPositive(definition.weight)
    if definition.metric not in ("increase", "decrease"):
        for field in _ON_A_WAY:
            if getattr(definition, field) not in (None, ()):
                raise MeasureUnsuited(definition.metric, field)
    if definition.relative is not None:
        _refuse_unfit_relative(definition, definition.relative)
    measure = define_measure(definition)
    if definition.kpi_id is not None and isinstance(measure, Milestones):
        raise MilestonesCannotFollowKPI(definition.kpi_id)
    _refuse_days_outside(definition, course)
    if isinstance(measure, Increase | Decrease):
        _refuse_unfit_marks(definition, measure)
        _refuse_unfit_curve(definition, measure, course)
    _refuse_unfit_guardrails(definition)
    return measure


def refuse_given_numbers(definition: KeyResultDefinition, given: frozenset[str]) -> None:
    """Numbers are not given beside a relative target; raises `RelativeTargetWithNumbers`."""
    if definition.relative is None:
        return
    for field in NUMBERS:
        if field in given and getattr(definition, field) not in (None, ()):
            raise RelativeTargetWithNumbers(field)


def _refuse_unfit_relative(definition: KeyResultDefinition, relative: RelativeTarget) -> None:
    if definition.kpi_id is None:
        raise RelativeTargetWithoutKPI
    upwards = definition.metric == "increase"
    if relative.change == ZERO or (relative.change > ZERO) is not upwards:
        raise RelativeChangeOnWrongSide(definition.metric, relative.change)
    if definition.target is None:
        refuse_given_numbers(definition, frozenset(NUMBERS))


def _refuse_days_outside(definition: KeyResultDefinition, course: Course) -> None:
    due = [("due_on", definition.due_on)]
    due += [("milestones", step.due_on) for step in definition.milestones]
    due += [("curve", point.on) for point in definition.curve]
    for field, day in due:
        if day is not None and not course.starts_on <= day <= course.ends_on:
            raise DayOutsideCycle(field, day)


def _refuse_unfit_marks(definition: KeyResultDefinition, measure: Increase | Decrease) -> None:
    baseline, target = measure.baseline, measure.target
    commit, stretch = definition.commit, definition.stretch
    if commit is not None and (commit == baseline or not _lies_on_the_way(measure, commit)):
        raise CommitOffTheWay(commit, baseline, target)
    if stretch is not None and not _is_ahead(measure, stretch, target):
        raise StretchNotBeyondTarget(stretch, target)


def _refuse_unfit_curve(
    definition: KeyResultDefinition, measure: Increase | Decrease, course: Course
) -> None:
    last = definition.due_on or course.ends_on
    day: date | None = None
    value = measure.baseline
    for point in definition.curve:
        if point.on >= last or (day is not None and point.on <= day):
            raise CurveNotInOrder(point.on)
        if _is_ahead(measure, value, point.value) or not _lies_on_the_way(measure, point.value):
            raise CurveRunsBackwards(point.on, point.value)
        day, value = point.on, point.value


def _refuse_unfit_guardrails(definition: KeyResultDefinition) -> None:
    guardrails = definition.guardrails
    if len(guardrails) > MOST_GUARDRAILS:
        raise TooManyGuardrails(len(guardrails), MOST_GUARDRAILS)
    for place, kpi_id in enumerate(guardrails):
        if kpi_id == definition.kpi_id:
            raise GuardrailIsOwnKPI(kpi_id)
        if kpi_id in guardrails[:place]:
            raise GuardrailsAlike(kpi_id)


def _is_ahead(measure: Increase | Decrease, value: Decimal, other: Decimal) -> bool:
    """Whether `value` lies further along than `other`."""
    return value > other if isinstance(measure, Increase) else value < other


def _lies_on_the_way(measure: Increase | Decrease, value: Decimal) -> bool:
    """From baseline to target, both included."""
    return not (
        _is_ahead(measure, measure.baseline, value) or _is_ahead(measure, value, measure.target)
    )
