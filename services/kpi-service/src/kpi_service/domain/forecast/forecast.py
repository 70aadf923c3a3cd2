"""A series of period values foretold: trend, seasons, paths, what stretches of them come to.

The same values give the same numbers: what is drawn by chance is drawn from a fixed seed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from helmlog_events.contracts.kpi import Aggregation, Period

from kpi_service.domain.forecast.models import (
    Fitted,
    ModelName,
    TrendKind,
    fit_naive,
    fit_smoothing,
    refilled,
)
from kpi_service.domain.forecast.outcomes import (
    Interval,
    UnderWay,
    along,
    chance_of,
    interval_of,
    last_known,
    total,
)
from kpi_service.domain.forecast.seasons import SEASONS, Decomposed, Season, decompose
from kpi_service.domain.forecast.series import LONGEST, Floats, TooLittle, to_regular
from kpi_service.domain.forecast.spans import Goal
from kpi_service.domain.forecast.trend import Trend, slope_of
from kpi_service.domain.forecast.trial import Trial, try_on_the_past

PATHS: Final = 2_000
_SEED: Final = 20_140_701
_STALE: Final = 3
"""Periods without a value up to now that are bridged at least; as many as a season where longer."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Periods by their places, `first` to before `after`: 0 is the first of the history.

    It ends with the one under way or later.
    """

    first: int
    after: int
    goal: Goal | None


@dataclass(frozen=True, slots=True)
class Course:
    """`values` are of consecutive periods that are over, oldest first, none where there was none.

    What is under way follows them. `counter` says that values are what a counter rose by.
    """

    period: Period
    aggregation: Aggregation
    counter: bool
    values: tuple[float | None, ...]
    under_way: UnderWay
    stretches: tuple[Stretch, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a stretch comes to; `chance` is that of meeting its goal, none without one."""

    interval: Interval
    chance: float | None


@dataclass(frozen=True, slots=True)
class Forecast:
    """`steps` are the periods from the one under way on, `outcomes` in the order of stretches.

    `history` counts the periods it rests on, gaps among them; `last` is the place of the last one.
    """

    model: ModelName
    trend_kind: TrendKind
    why: str
    history: int
    last: int
    gaps: int
    trend: Trend
    seasons: tuple[Season, ...]
    steps: tuple[Interval, ...]
    outcomes: tuple[Outcome, ...]
    trial: Trial | None


def forecast(course: Course) -> Forecast:
    """Raises `TooLittle`, which says why."""
    series, gaps = to_regular(course.values, LONGEST[course.period])
    last = last_known(course.values)
    begins = last + 1 - len(series)
    candidates = SEASONS[course.period]
    known = decompose(series, candidates)
    behind = len(course.values) - 1 - last
    if behind > max(_STALE, known.longest):
        raise TooLittle(f"the last {behind} periods have no value: what is known is too old")
    ends = max([len(course.values) + 1, *(one.after for one in course.stretches)])
    horizon = ends - last - 1
    trial = try_on_the_past(series, candidates, horizon, _SEED)
    fitted, why = _choose(known, trial)
    paths = fitted.draw(horizon, PATHS, np.random.default_rng(_SEED))
    if float(np.nanmin(series)) >= 0:
        # What was never negative is taken to be unable to be: counts, amounts, shares, durations.
        paths = np.maximum(paths, 0.0)
    whole = along(
        course.aggregation, course.values, course.under_way, paths, counter=course.counter
    )
    return Forecast(
        model=fitted.name,
        trend_kind=fitted.trend,
        why=why,
        history=len(series),
        last=last,
        gaps=gaps,
        trend=slope_of(known.adjusted),
        seasons=_as_placed(known, begins),
        steps=tuple(interval_of(row) for row in whole[len(course.values) :]),
        outcomes=tuple(_outcome(course, one, whole) for one in course.stretches),
        trial=trial,
    )


def _choose(known: Decomposed, trial: Trial | None) -> tuple[Fitted, str]:
    smoothing = fit_smoothing(known)
    if smoothing.name == "constant":
        return smoothing, "without its seasons, every value is the same"
    if trial is None:
        return smoothing, "the history is too short to try it on the past"
    if trial.smoothing.error > trial.naive.error:
        return fit_naive(known, refilled(known)), "on the past it was nearer than smoothing"
    return smoothing, "on the past it was no further off than the naive forecast"


def _as_placed(known: Decomposed, begins: int) -> tuple[Season, ...]:
    """Patterns by place in the whole history, of which the series may be a later part."""
    return tuple(
        Season(
            one.name,
            one.length,
            one.rounds,
            one.strength,
            None if one.pattern is None else np.roll(one.pattern, begins % one.length),
            one.why_not,
        )
        for one in known.seasons
    )


def _outcome(course: Course, stretch: Stretch, whole: Floats) -> Outcome:
    part = whole[stretch.first : stretch.after]
    drawn = total(course.aggregation, part, counter=course.counter)
    chance = None if stretch.goal is None else chance_of(stretch.goal, drawn)
    return Outcome(interval_of(drawn), chance)
