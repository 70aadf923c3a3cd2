"""What a stretch of periods comes to, path by path, and how likely that meets a target.

Places count periods from the first of the history: those before `known` are over, the one at
`known` is under way, later ones are to come.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from helmlog_events.contracts.kpi import Aggregation

from kpi_service.domain.forecast.series import Floats
from kpi_service.domain.forecast.spans import Goal, adds_up

_BOUNDS: Final = (2.5, 10.0, 50.0, 90.0, 97.5)
_SMALLEST: Final = 0.001
_FEWEST_EARLIER: Final = 5


@dataclass(frozen=True, slots=True)
class UnderWay:
    """The period that is not over: its value so far, and the share of it that has passed.

    `earlier` are periods that are over: what each stood at when that share of it had passed, and
    what it came to. They tell what the rest of one brings, for mornings are no half days.
    """

    value: float | None
    elapsed: float
    earlier: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Interval:
    """Median of the paths, with the intervals that hold 80 % and 95 % of them."""

    value: float
    lower_80: float
    upper_80: float
    lower_95: float
    upper_95: float


def along(
    aggregation: Aggregation,
    values: Sequence[float | None],
    under_way: UnderWay,
    paths: Floats,
    *,
    counter: bool = False,
) -> Floats:
    """Paths, one a column, of all periods: NaN where one that is over has no value.

    `paths` begin after the last value of `values`.
    """
    begins = last_known(values) + 1
    known = np.array([np.nan if one is None else one for one in values[:begins]])
    whole = np.concatenate([np.repeat(known[:, None], paths.shape[1], axis=1), paths])
    now = len(values)
    if under_way.value is not None and now < len(whole):
        whole[now] = _completed(aggregation, under_way, under_way.value, whole[now], counter)
    return whole


def _completed(
    aggregation: Aggregation, under_way: UnderWay, so_far: float, paths: Floats, counter: bool
) -> Floats:
    """What is under way at its end, by its paths and by what earlier ones came to from there."""
    enough = len(under_way.earlier) >= _FEWEST_EARLIER
    if adds_up(aggregation, counter=counter):
        shares = [1 - then / whole for then, whole in under_way.earlier if whole]
        if not enough or not shares:
            return paths
        return so_far + min(max(float(np.median(shares)), 0.0), 1.0) * paths
    if enough:
        ahead = float(np.median([then - whole for then, whole in under_way.earlier]))
        paths = under_way.elapsed * (so_far - ahead) + (1 - under_way.elapsed) * paths
    if aggregation == "max":
        return np.maximum(paths, so_far)
    return np.minimum(paths, so_far) if aggregation == "min" else paths


def total(aggregation: Aggregation, stretch: Floats, *, counter: bool = False) -> Floats:
    """What each path comes to over a stretch of periods; periods without a value don't count.

    A mean is that of the periods' means, each counted alike.
    """
    if adds_up(aggregation, counter=counter):
        return np.asarray(np.nansum(stretch, axis=0))
    match aggregation:
        case "mean":
            return np.asarray(np.nanmean(stretch, axis=0))
        case "min":
            return np.asarray(np.nanmin(stretch, axis=0))
        case "max":
            return np.asarray(np.nanmax(stretch, axis=0))
        case _:
            # The paths know of the same gaps: those of the past.
            present = np.flatnonzero(~np.isnan(stretch[:, 0]))
            return np.asarray(stretch[present[-1]])


def interval_of(drawn: Floats) -> Interval:
    low_95, low_80, middle, high_80, high_95 = (float(one) for one in np.percentile(drawn, _BOUNDS))
    return Interval(middle, low_80, high_80, low_95, high_95)


def chance_of(goal: Goal, drawn: Floats) -> float:
    """The share of paths that meet it, kept between 0.001 and 0.999.

    So many paths can't tell what never happens from what rarely does.
    """
    met = np.ones(len(drawn), dtype=bool)
    if goal.least is not None:
        least = float(goal.least)
        met &= drawn >= least if goal.inclusive else drawn > least
    if goal.most is not None:
        most = float(goal.most)
        met &= drawn <= most if goal.inclusive else drawn < most
    return min(max(float(met.mean()), _SMALLEST), 1 - _SMALLEST)


def last_known(values: Sequence[float | None]) -> int:
    return max(place for place, one in enumerate(values) if one is not None)
