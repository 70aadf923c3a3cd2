"""Progress as a share of the way: 1 is reached, raw values may lie below 0 or above 1."""

from __future__ import annotations

from collections.abc import Collection
from decimal import Decimal

from okr_service.domain.arithmetic import add, divide, rounded, subtract
from okr_service.domain.key_result.measures import Decrease, Increase, Milestones


def travelled(measure: Increase | Decrease, value: Decimal) -> Decimal:
    """`(v-b)/(t-b)` going up, `(b-v)/(b-t)` going down."""
    match measure:
        case Increase(baseline, target):
            share = divide(subtract(value, baseline), subtract(target, baseline))
        case Decrease(baseline, target):
            share = divide(subtract(baseline, value), subtract(baseline, target))
    return rounded(share)


def share_of_steps(milestones: Milestones, done: Collection[str]) -> Decimal:
    """Sum of weights done / sum of weights."""
    reached = add(step.weight for step in milestones.steps if step.name in done)
    return rounded(divide(reached, add(step.weight for step in milestones.steps)))
