"""The slope of a series without its seasons, by Theil and Sen: single values don't bend it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from scipy.stats import theilslopes

from kpi_service.domain.forecast.series import Floats, is_flat

_MOST: Final = 1_000
"""Values it goes by, the latest: the median is taken of one slope for each two of them."""
Tendency = Literal["rising", "falling", "none"]


@dataclass(frozen=True, slots=True)
class Trend:
    """Per period, with its 95 % interval; `values` are those it rests on."""

    slope: float
    lower: float
    upper: float
    values: int

    @property
    def tendency(self) -> Tendency:
        """None where the interval holds both a rise and a fall."""
        if self.lower > 0:
            return "rising"
        return "falling" if self.upper < 0 else "none"


def slope_of(adjusted: Floats) -> Trend:
    """Neighbours are alike, and so say less than their number: the interval is widened by that."""
    series = adjusted[-_MOST:]
    if is_flat(series):
        return Trend(0.0, 0.0, 0.0, len(series))
    slope, intercept, low, high = (float(one) for one in theilslopes(series, alpha=0.95))
    left = series - intercept - slope * np.arange(len(series))
    wider = _correlation_widening(left)
    return Trend(slope, slope - (slope - low) * wider, slope + (high - slope) * wider, len(series))


def _correlation_widening(left: Floats) -> float:
    """By the autocorrelation r of neighbours: sqrt((1 + r) / (1 - r)), not below 1."""
    spread = float(left.var())
    if spread <= 0:
        return 1.0
    correlation = float(np.mean((left[1:] - left.mean()) * (left[:-1] - left.mean()))) / spread
    correlation = min(max(correlation, 0.0), 0.99)
    return float(np.sqrt((1 + correlation) / (1 - correlation)))
