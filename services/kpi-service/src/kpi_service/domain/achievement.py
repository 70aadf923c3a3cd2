"""How much of a target is reached, or of a budget spent."""

from __future__ import annotations

from decimal import ROUND_DOWN, Context, Decimal
from typing import Final, NamedTuple

from helmlog_events.contracts.kpi import Direction

from kpi_service.domain.kpi.state import Target

MOST: Final = Decimal(10)
"""Shares end here, as does what no number can say: a share of what should have cost nothing."""

ZERO: Final = Decimal(0)
ONE: Final = Decimal(1)
_SHARE: Final = Decimal("0.000001")
# One context of its own, so that a replay on any machine gives the same digits.
_CONTEXT: Final = Context(prec=100, rounding=ROUND_DOWN)


class Achievement(NamedTuple):
    """`share` is 1 at the target, more beyond it, in 0..10, to six places rounded down.

    None for a KPI that should stay within bounds and has a single figure for a target: there its
    thresholds judge.
    """

    reached: bool
    share: Decimal | None


class BudgetUse(NamedTuple):
    """`share` is 1 when all of it is spent; in 0..10, to six places rounded down."""

    kept: bool
    share: Decimal


def achievement(value: Decimal, target: Target, direction: Direction) -> Achievement:
    """What `value` reaches of `target`, which must hold a figure (see `KPI.target_at`).

    What should rise reaches `value / target`, what should fall `target / value`. Where a sign turns
    that round (both below zero), the one is judged as the mirror image of the other; of a target of
    zero, or one of the other sign, all is reached or nothing. Within a band everything is reached,
    outside it what its nearer bound says.
    """
    bound = _figure(target)
    match direction:
        case "up":
            return Achievement(_beyond(value, bound, target.inclusive), _risen(value, bound))
        case "down":
            return Achievement(_below(value, bound, target.inclusive), _fallen(value, bound))
        case "within":
            return _within(value, bound, target)


def budget_use(value: Decimal, budget: Target) -> BudgetUse:
    """What `value` takes of `budget`; of a budget of zero nothing, or more than there is."""
    bound = _figure(budget)
    kept = _below(value, bound, budget.inclusive)
    if bound <= ZERO:
        return BudgetUse(kept, ZERO if value <= bound else MOST)
    return BudgetUse(kept, _share(value, bound))


def _within(value: Decimal, lower: Decimal, band: Target) -> Achievement:
    upper = band.upper
    if upper is None:
        return Achievement(reached=True, share=None)
    inside = _beyond(value, lower, band.inclusive) and _below(value, upper, band.inclusive)
    if value < lower:
        return Achievement(inside, _risen(value, lower))
    if value > upper:
        return Achievement(inside, _fallen(value, upper))
    return Achievement(inside, ONE)


def _risen(value: Decimal, target: Decimal) -> Decimal:
    if target > ZERO:
        return _share(value, target)
    if target < ZERO:
        return MOST if value >= ZERO else _share(target, value)
    return ONE if value >= ZERO else ZERO


def _fallen(value: Decimal, target: Decimal) -> Decimal:
    # Turned without rounding, which the minus sign does by the context it finds.
    return _risen(value.copy_negate(), target.copy_negate())


def _share(part: Decimal, whole: Decimal) -> Decimal:
    """`whole` is not zero."""
    share = max(ZERO, min(_CONTEXT.divide(part, whole), MOST))
    return share.quantize(_SHARE, context=_CONTEXT)


def _beyond(value: Decimal, bound: Decimal, inclusive: bool) -> bool:
    return value >= bound if inclusive else value > bound


def _below(value: Decimal, bound: Decimal, inclusive: bool) -> bool:
    return value <= bound if inclusive else value < bound


def _figure(target: Target) -> Decimal:
    if target.target is None:
        raise ValueError("there is no target from then on")
    return target.target
