"""Which stretch of time a forecast is of: steps it goes by, periods and spans it adds up to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from helmlog_events.contracts.kpi import Aggregation, Direction, Period

from kpi_service.domain.kpi.refusals import Refusal
from kpi_service.domain.kpi.state import KPI
from kpi_service.domain.periods import Span
from kpi_service.domain.wording import a_period

MOST_STEPS: Final = 1_500
"""How far ahead it goes, in steps."""
MOST_BEHIND: Final = 10_000
"""How many steps back a span may have begun."""

_TILED: Final[dict[Period, tuple[Period, ...]]] = {
    "hour": (
        "hour",
        "day",
        "week",
        "month",
        "quarter",
        "year",
        "fiscal_month",
        "fiscal_quarter",
        "fiscal_year",
    ),
    "day": (
        "day",
        "week",
        "month",
        "quarter",
        "year",
        "fiscal_month",
        "fiscal_quarter",
        "fiscal_year",
    ),
    "week": ("week",),
    "month": ("month", "quarter", "year"),
    "quarter": ("quarter", "year"),
    "year": ("year",),
    "fiscal_month": ("fiscal_month", "fiscal_quarter", "fiscal_year"),
    "fiscal_quarter": ("fiscal_quarter", "fiscal_year"),
    "fiscal_year": ("fiscal_year",),
}
_WITHIN: Final[dict[Period, Period]] = {
    "hour": "day",
    "day": "month",
    "week": "week",
    "month": "quarter",
    "quarter": "year",
    "year": "year",
    "fiscal_month": "fiscal_quarter",
    "fiscal_quarter": "fiscal_year",
    "fiscal_year": "fiscal_year",
}
_DAYS: Final[dict[Period, float]] = {
    "hour": 1 / 24,
    "day": 1,
    "week": 7,
    "month": 30.5,
    "quarter": 91.5,
    "year": 366,
    "fiscal_month": 30.5,
    "fiscal_quarter": 91.5,
    "fiscal_year": 366,
}


class PeriodsDontTile(Refusal):
    def __init__(self, period: Period, within: Period) -> None:
        super().__init__(f"{a_period(within)} is not made of whole periods of {a_period(period)}")


class HorizonTooFar(Refusal):
    def __init__(self, steps: int, most: int) -> None:
        super().__init__(f"it is about {steps} periods, {most} at most: ask by longer ones")


class UntilNotAhead(Refusal):
    def __init__(self, since: datetime, until: datetime) -> None:
        super().__init__(f"{until.isoformat()} does not lie after {since.isoformat()}")


@dataclass(frozen=True, slots=True)
class Goal:
    """Met at `least` or more and `most` or less; at the bounds themselves if `inclusive`."""

    least: Decimal | None
    most: Decimal | None
    inclusive: bool = True


def default_within(period: Period) -> Period:
    return _WITHIN[period]


def check_tiling(period: Period, within: Period) -> None:
    """Raises `PeriodsDontTile`."""
    if within not in _TILED[period]:
        raise PeriodsDontTile(period, within)


def adds_up(aggregation: Aggregation, *, counter: bool) -> bool:
    """Whether the values of periods make that of a longer one by addition."""
    return counter or aggregation in {"sum", "count"}


def check_reach(
    period: Period, begins: Sequence[datetime], at: datetime, ends: Sequence[datetime]
) -> None:
    """Raises `HorizonTooFar`."""
    day = timedelta(days=_DAYS[period])
    ahead, behind = int((max(ends) - at) / day), int((at - min(begins)) / day)
    if ahead > MOST_STEPS:
        raise HorizonTooFar(ahead, MOST_STEPS)
    if behind > MOST_BEHIND:
        raise HorizonTooFar(behind, MOST_BEHIND)


NO_SIDE: Final = "nobody said which way is good"


def history_begins(period: Period, at: datetime, steps: int) -> datetime:
    """At least `steps` before `at`, or about the first year there is."""
    try:
        return at - (steps + 2) * timedelta(days=_DAYS[period])
    except OverflowError:
        return datetime.min.replace(year=2, tzinfo=at.tzinfo)


def goal_at(
    kpi: KPI, at: datetime, within: Period | None, own: Decimal | None
) -> tuple[Goal | None, str | None]:
    """What the KPI should come to, or why nothing says so; `own` is one that was asked about.

    `within` is the period whose value it is of, none for a span that is no period. A target for the
    current value goes for the value of any span, unless values add up: it is not their sum's.
    """
    definition = kpi.definition
    if own is not None:
        return _directed(definition.direction, own, inclusive=True)
    target = None if within is None else kpi.target_at(at, within)
    if target is None:
        if adds_up(definition.aggregation, counter=definition.measure == "counter"):
            what = "this span" if within is None else a_period(within)
            return None, f"there is no target for the sum of {what}"
        target = kpi.target_at(at)
    if target is None or target.target is None:
        return None, "there is no target"
    if target.upper is not None:
        return Goal(target.target, target.upper, target.inclusive), None
    return _directed(definition.direction, target.target, inclusive=target.inclusive)


def places_of(spans: Sequence[Span], span: Span) -> tuple[int, int]:
    """The first of `spans` that `span` touches, and the first one after it."""
    first = sum(1 for one in spans if one.ends_at <= span.starts_at)
    after = sum(1 for one in spans if one.starts_at < span.ends_at)
    return first, after


def _directed(
    direction: Direction | None, target: Decimal, *, inclusive: bool
) -> tuple[Goal | None, str | None]:
    match direction:
        case "up":
            return Goal(target, None, inclusive), None
        case "down":
            return Goal(None, target, inclusive), None
        case "within":
            return None, "the target of a KPI that should stay within bounds has one bound only"
        case None:
            return None, NO_SIDE
