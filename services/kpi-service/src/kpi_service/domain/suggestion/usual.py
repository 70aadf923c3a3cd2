"""What is usual for a series of readings: its seasons and level, the spread around them, its edges.

All by medians: what was wrong in the past is not to widen what is taken for usual.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import median_filter
from scipy.stats import median_abs_deviation

from kpi_service.domain.forecast.seasons import Season, decompose
from kpi_service.domain.forecast.series import MOST_GAPS, Floats, TooLittle, is_flat

FEWEST: Final = 100
"""Readings below which no bound is suggested."""
_MOST_SLOTS: Final = 6_000
_DAY: Final = 86_400
_SLOTS: Final = (60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 14_400, 21_600, _DAY)
"""Seconds; each divides a day. A slot's value is the median of the readings in it."""
_RARE: Final = {"week": (6.0, 8.0, 52), "month": (27.0, 32.0, 12), "quarter": (80.0, 100.0, 4)}
"""Of readings that are days apart: from and to how many days, and how many make a year."""
_SHORTEST_WINDOW: Final = 25
_EDGE: Final = 0.001
_NEAR_EDGE: Final = 0.1


@dataclass(frozen=True, slots=True)
class Edge:
    """Where usual readings end on one side, and how far they spread about there."""

    bound: float
    spread: float


@dataclass(frozen=True, slots=True)
class Usual:
    """`spread` is a standard deviation as the median absolute deviation estimates it.

    `unusual` readings are more than `reach` spreads away from what their season and level say;
    the edges are those of the others.
    """

    readings: int
    seasons: tuple[Season, ...]
    spread: float
    reach: float
    unusual: int
    low: Edge
    high: Edge


def find_usual(times: NDArray[np.int64], values: Floats, reach: float) -> Usual:
    """`times` in seconds, in order. Raises `TooLittle`, which says why."""
    if len(values) < FEWEST:
        raise TooLittle(f"there are {len(values)} readings; at least {FEWEST} are needed")
    if is_flat(values):
        raise TooLittle("all readings have the same value: nothing tells usual from unusual")
    slots, series, candidates = _slots(times, values)
    gaps = float(np.isnan(series).mean())
    if gaps > MOST_GAPS:
        # Seasons would be made of what was filled in; the level still is what was measured.
        candidates = ()
    parts = decompose(series, candidates)
    window = max(2 * parts.longest, _SHORTEST_WINDOW) | 1
    level = median_filter(parts.adjusted, size=min(window, len(series) // 2 * 2 + 1))
    expected = (level + parts.seasonal(range(len(series))))[slots]
    away = values - expected
    spread = _spread(away)
    if spread <= 0:
        raise TooLittle("readings are never off their level and seasons: there is no spread")
    usual = np.abs(away) <= reach * spread
    low_near, high_near = np.quantile(expected, (_NEAR_EDGE, 1 - _NEAR_EDGE))
    return Usual(
        readings=len(values),
        seasons=parts.seasons,
        spread=spread,
        reach=reach,
        unusual=int((~usual).sum()),
        low=Edge(
            float(np.quantile(values[usual], _EDGE)),
            _edge_spread(away[usual & (expected <= low_near)], spread),
        ),
        high=Edge(
            float(np.quantile(values[usual], 1 - _EDGE)),
            _edge_spread(away[usual & (expected >= high_near)], spread),
        ),
    )


def _slots(
    times: NDArray[np.int64], values: Floats
) -> tuple[NDArray[np.int64], Floats, tuple[tuple[str, int], ...]]:
    """Of each reading its slot, the slots' values (NaN for none), and the seasons to look for."""
    spacing = float(np.median(np.diff(times)))
    if spacing > 1.5 * _DAY:
        days = spacing / _DAY
        rare = [(lowest, most, count) for lowest, most, count in _RARE.values()]
        candidates = tuple(("year", count) for low, high, count in rare if low <= days <= high)
        return np.arange(len(values)), values, candidates
    length = int(times[-1] - times[0])
    fitting = (one for one in _SLOTS if one >= spacing and length / one <= _MOST_SLOTS)
    slot = next(fitting, _DAY)
    places = times // slot - times[0] // slot
    series = np.full(int(places[-1]) + 1, np.nan)
    begins = np.flatnonzero(np.r_[True, np.diff(places) > 0])
    for group in np.split(np.arange(len(values)), begins[1:]):
        series[places[group[0]]] = np.median(values[group])
    a_day = _DAY // slot
    if a_day == 1:
        return places, series, (("week", 7),)
    return places, series, (("day", a_day), ("week", 7 * a_day))


def _spread(away: Floats) -> float:
    """By the median absolute deviation; where most readings are alike, by the middle 95 %."""
    spread = float(median_abs_deviation(away, scale="normal"))
    if spread > 0:
        return spread
    low, high = np.quantile(away, (0.025, 0.975))
    return float(high - low) / 3.92


def _edge_spread(away: Floats, spread: float) -> float:
    """Series often spread less where they are low; a tenth of the whole spread at least."""
    near = _spread(away) if len(away) else spread
    return max(near, 0.1 * spread)
