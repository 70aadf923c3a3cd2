"""Values of consecutive periods, made ready for what reckons with them.

Here and in what builds on it numbers are floats: models know no other. What comes out is rounded
back to decimals (see `rounding`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from helmlog_events.contracts.kpi import Period
from numpy.typing import NDArray

Floats = NDArray[np.float64]

FEWEST: Final = 12
"""Values below which nothing is reckoned: a level, a trend and their spread need about as many."""
MOST_GAPS: Final = 0.2
"""The share of periods without a value above which what would be filled in is too much of it."""
LONGEST: Final[dict[Period, int]] = {
    "hour": 8 * 7 * 24,
    "day": 104 * 7,
    "week": 5 * 52,
    "month": 10 * 12,
    "quarter": 10 * 4,
    "year": 40,
    "fiscal_month": 10 * 12,
    "fiscal_quarter": 10 * 4,
    "fiscal_year": 40,
}
"""How many periods back the past is looked at: what lies before says little of what comes."""


class TooLittle(Exception):
    """Nothing honest can be said of this history; the text says why."""


def to_regular(values: Sequence[float | None], longest: int) -> tuple[Floats, int]:
    """The last `longest` values with gaps as NaN, between two that are known, and how many gaps.

    Raises `TooLittle`.
    """
    latest = values[-longest:]
    raw = np.array([np.nan if one is None else one for one in latest], dtype=np.float64)
    known = np.flatnonzero(~np.isnan(raw))
    if len(known) < FEWEST:
        raise TooLittle(f"{len(known)} periods have a value; at least {FEWEST} are needed")
    series = raw[known[0] : known[-1] + 1]
    gaps = int(np.isnan(series).sum())
    if gaps > MOST_GAPS * len(series):
        raise TooLittle(
            f"{gaps} of {len(series)} periods have no value; up to {MOST_GAPS:.0%} can be filled in"
        )
    return series, gaps


def filled(series: Floats) -> Floats:
    """Gaps bridged by straight lines."""
    missing = np.isnan(series)
    if not missing.any():
        return series
    places = np.arange(len(series), dtype=np.float64)
    result = series.copy()
    result[missing] = np.interp(places[missing], places[~missing], series[~missing])
    return result


def is_flat(series: Floats) -> bool:
    """No more than the rounding of floats moves it."""
    return bool(np.ptp(series) <= 1e-9 * max(1.0, float(np.abs(series).max())))
