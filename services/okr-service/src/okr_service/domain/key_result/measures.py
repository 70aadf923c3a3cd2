"""How a key result is measured: by the way to a target, by staying in bounds, or by steps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import assert_never

from helmlog_events.contracts.okr import KeyResultDefinition, Metric, Milestone

from okr_service.domain.arithmetic import ZERO
from okr_service.domain.key_result.refusals import (
    BandEmpty,
    BaselineEqualsTarget,
    MeasureIncomplete,
    MeasureUnsuited,
    MilestonesAlike,
    MilestoneWeightNotPositive,
    TargetOnWrongSide,
)


@dataclass(frozen=True, slots=True)
class Increase:
    baseline: Decimal
    target: Decimal


@dataclass(frozen=True, slots=True)
class Decrease:
    baseline: Decimal
    target: Decimal


@dataclass(frozen=True, slots=True)
class StayWithin:
    """Bounds count as inside; a missing one does not bound."""

    lower: Decimal | None
    upper: Decimal | None

    def holds(self, value: Decimal) -> bool:
        above = self.lower is None or value >= self.lower
        return above and (self.upper is None or value <= self.upper)


@dataclass(frozen=True, slots=True)
class Milestones:
    steps: tuple[Milestone, ...]


Measure = Increase | Decrease | StayWithin | Milestones


_USED: dict[Metric, tuple[str, ...]] = {
    "increase": ("baseline", "target"),
    "decrease": ("baseline", "target"),
    "stay_above": ("lower",),
    "stay_below": ("upper",),
    "stay_within": ("lower", "upper"),
    "milestone": ("milestones",),
}


def define_measure(terms: KeyResultDefinition) -> Measure | None:
    """The measure these terms define.

    Raises `MeasureIncomplete`, `MeasureUnsuited`, `BaselineEqualsTarget`, `TargetOnWrongSide`,
    `BandEmpty`, `MilestonesAlike` or `MilestoneWeightNotPositive`.
    """
    waits = terms.relative is not None and terms.baseline is None and terms.target is None
    for field in ("baseline", "target", "lower", "upper", "milestones"):
        given = getattr(terms, field) not in (None, ())
        used = field in _USED[terms.metric]
        if used and not given and not waits:
            raise MeasureIncomplete(terms.metric, field)
        if given and not used:
            raise MeasureUnsuited(terms.metric, field)
    measure = measure_of(terms)
    match measure:
        case Increase(baseline, target):
            _refuse_wrong_way(terms.metric, baseline, target, wrong=target < baseline)
        case Decrease(baseline, target):
            _refuse_wrong_way(terms.metric, baseline, target, wrong=target > baseline)
        case StayWithin(lower, upper):
            if lower is not None and upper is not None and lower >= upper:
                raise BandEmpty(lower, upper)
        case Milestones(steps):
            _refuse_unfit_steps(steps)
        case None:
            pass  # there are no numbers yet
        case _ as unreachable:
            assert_never(unreachable)
    return measure


def measure_of(terms: KeyResultDefinition) -> Measure | None:
    """The measure of terms that were accepted before; none while a relative target waits."""
    if terms.relative is not None and terms.target is None:
        return None
    match terms.metric:
        case "increase":
            return Increase(_given(terms.baseline), _given(terms.target))
        case "decrease":
            return Decrease(_given(terms.baseline), _given(terms.target))
        case "stay_above" | "stay_below" | "stay_within":
            return StayWithin(terms.lower, terms.upper)
        case "milestone":
            return Milestones(terms.milestones)
        case _ as unreachable:
            assert_never(unreachable)


def _given(number: Decimal | None) -> Decimal:
    if number is None:
        raise ValueError("the terms of an accepted measure are complete")
    return number


def _refuse_wrong_way(metric: str, baseline: Decimal, target: Decimal, *, wrong: bool) -> None:
    if baseline == target:
        raise BaselineEqualsTarget(baseline)
    if wrong:
        raise TargetOnWrongSide(metric, baseline, target)


def _refuse_unfit_steps(steps: Sequence[Milestone]) -> None:
    names: set[str] = set()
    for step in steps:
        if step.weight <= ZERO:
            raise MilestoneWeightNotPositive(step.name, step.weight)
        if step.name in names:
            raise MilestonesAlike(step.name)
        names.add(step.name)
