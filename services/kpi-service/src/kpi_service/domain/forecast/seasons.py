"""Which seasons a series has, by STL, and what is left without them.

A season is taken for one when the means of its phases differ by more than chance (F-test at 0.1 %)
and by more than a trifle, over two whole rounds at least. Its pattern is held to be the same in
every round.

STL: Cleveland, Cleveland, McRae and Terpenning, "STL: A Seasonal-Trend Decomposition Procedure
Based on Loess", 1990. Strength: Wang, Smith and Hyndman, "Characteristic-Based Clustering for Time
Series Data", 2006, here less the part that chance alone would give.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from helmlog_events.contracts.kpi import Period
from scipy.stats import f as f_distribution
from statsmodels.tsa.seasonal import STL

from kpi_service.domain.forecast.series import Floats, filled, is_flat

_SIGNIFICANCE: Final = 0.001
_FEWEST_ROUNDS: Final = 2
_WEAKEST: Final = 0.1
SEASONS: Final[dict[Period, tuple[tuple[str, int], ...]]] = {
    "hour": (("day", 24), ("week", 168)),
    "day": (("week", 7),),
    "week": (("year", 52),),
    "month": (("year", 12),),
    "quarter": (("year", 4),),
    "year": (),
    "fiscal_month": (("fiscal_year", 12),),
    "fiscal_quarter": (("fiscal_year", 4),),
    "fiscal_year": (),
}
"""What is looked for, by the periods: a season's name, and how many of them it has."""


@dataclass(frozen=True, slots=True)
class Season:
    """`pattern` is by place in the series modulo `length`, and none where there is no season.

    `strength` is 0 for none, 1 for one that explains everything but the trend; `why_not` says why
    it was not found.
    """

    name: str
    length: int
    rounds: int
    strength: float | None
    pattern: Floats | None
    why_not: str | None = None

    def at(self, places: Sequence[int] | range) -> Floats:
        if self.pattern is None:
            return np.zeros(len(places))
        found: Floats = self.pattern[np.asarray(places) % self.length]
        return found


@dataclass(frozen=True, slots=True)
class Decomposed:
    """`adjusted` is the series, gaps filled in, without its seasons."""

    adjusted: Floats
    seasons: tuple[Season, ...]

    @property
    def found(self) -> tuple[Season, ...]:
        return tuple(one for one in self.seasons if one.pattern is not None)

    @property
    def longest(self) -> int:
        """Of the seasons found, 1 without any."""
        return max((one.length for one in self.found), default=1)

    def seasonal(self, places: Sequence[int] | range) -> Floats:
        whole: Floats = np.zeros(len(places))
        for one in self.found:
            whole = whole + one.at(places)
        return whole


def decompose(series: Floats, candidates: Sequence[tuple[str, int]]) -> Decomposed:
    """Looks for the shorter seasons first; gaps are NaN and play no part in the patterns' tests."""
    known = ~np.isnan(series)
    rest = filled(series)
    seasons: list[Season] = []
    for name, length in candidates:
        season = _season(name, length, rest, known)
        seasons.append(season)
        rest = rest - season.at(range(len(rest)))
    decomposed = Decomposed(rest, tuple(seasons))
    if known.all():
        return decomposed
    # Filled in once more, now that the seasons are known: straight lines between adjusted values.
    places = range(len(series))
    return Decomposed(filled(series - decomposed.seasonal(places)), decomposed.seasons)


def _season(name: str, length: int, series: Floats, known: np.ndarray) -> Season:
    rounds = len(series) // length
    if rounds < _FEWEST_ROUNDS:
        return Season(name, length, rounds, None, None, "fewer than two whole seasons")
    if is_flat(series):
        return Season(name, length, rounds, 0.0, None, "the values don't vary")
    # A window far longer than the series makes each phase's pattern one value over all rounds.
    window = 10 * (rounds + 1) * 2 + 1
    # Smooth curves, reckoned at every few places and drawn straight between: many times as fast.
    jump = max(1, length // 5)
    parts = STL(
        series,
        period=length,
        seasonal=window,
        seasonal_deg=0,
        robust=True,
        seasonal_jump=rounds,
        trend_jump=jump,
        low_pass_jump=jump,
    ).fit()
    detrended = series - parts.trend
    phases = np.arange(len(series)) % length
    means = _phase_means(np.asarray(parts.seasonal), phases, length)
    chance = _chance_of_none(detrended[known], phases[known], length, len(series) / length)
    left = detrended - means[phases]
    strength = _strength(detrended[known], left[known], length, int(known.sum()))
    if chance > _SIGNIFICANCE:
        return Season(name, length, rounds, strength, None, "no more regular than chance would be")
    if strength < _WEAKEST:
        return Season(name, length, rounds, strength, None, "too weak to tell anything by")
    return Season(name, length, rounds, strength, means)


def _phase_means(seasonal: Floats, phases: np.ndarray, length: int) -> Floats:
    means = np.bincount(phases, seasonal, length) / np.bincount(phases, minlength=length)
    centred: Floats = means - means.mean()
    return centred


def _chance_of_none(values: Floats, phases: np.ndarray, length: int, rounds: float) -> float:
    """That phases differ as much as they do although there is no season: a one-way F-test.

    The trend has used up about one degree of freedom a round.
    """
    counts = np.bincount(phases, minlength=length)
    freedom = len(values) - length - rounds
    if freedom < 1 or (counts == 0).any():
        return 1.0
    means = np.bincount(phases, values, length) / counts
    within = float(((values - means[phases]) ** 2).sum())
    between = float((counts * (means - values.mean()) ** 2).sum())
    if within <= 0:
        return 0.0
    ratio = (between / (length - 1)) / (within / freedom)
    return float(f_distribution.sf(ratio, length - 1, freedom))


def _strength(detrended: Floats, left: Floats, length: int, count: int) -> float:
    whole = float(detrended.var())
    if whole <= 0:
        return 0.0
    raw = 1 - float(left.var()) / whole
    by_chance = (length - 1) / max(count - 1, 1)
    return min(max((raw - by_chance) / max(1 - by_chance, 1e-9), 0.0), 1.0)
