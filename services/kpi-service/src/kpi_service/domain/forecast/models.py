"""What a series goes on as: paths it may take, drawn from a model fitted to its past.

Exponential smoothing in its state space form (Hyndman, Koehler, Ord and Snyder, "Forecasting with
Exponential Smoothing", 2008), on the series without its seasons; errors are drawn from those the
model made, so that their tails are the real ones.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
from statsmodels.tsa.exponential_smoothing.ets import ETSModel

from kpi_service.domain.forecast.seasons import Decomposed
from kpi_service.domain.forecast.series import Floats, is_flat

ModelName = Literal["exponential_smoothing", "naive", "constant"]
TrendKind = Literal["none", "damped", "linear"]

_TRENDS: Final[tuple[tuple[TrendKind, str | None, bool], ...]] = (
    ("none", None, False),
    ("damped", "add", True),
    ("linear", "add", False),
)
_TRIES: Final = 300


@dataclass(frozen=True, slots=True)
class Fitted:
    """`draw(steps, paths, generator)` gives paths of the values to come, one a column."""

    name: ModelName
    trend: TrendKind
    draw: Callable[[int, int, np.random.Generator], Floats]


def fit_smoothing(decomposed: Decomposed) -> Fitted:
    """The one of three trends (none, damped, linear) that has the smallest corrected AIC."""
    series = decomposed.adjusted
    count = len(series)
    if is_flat(series):
        level = float(series[-1])
        return Fitted(
            "constant",
            "none",
            lambda steps, paths, _: _with_seasons(
                np.full((steps, paths), level), decomposed, count
            ),
        )
    centre, scale = float(series.mean()), float(series.std())
    scaled = (series - centre) / scale
    trend, result = min(
        ((kind, _fit(scaled, trend, damped)) for kind, trend, damped in _TRENDS),
        key=lambda one: _criterion(one[1]),
    )
    errors = np.asarray(result.resid) * _widening(decomposed, count, len(result.params))
    errors = errors - errors.mean()

    def draw(steps: int, paths: int, generator: np.random.Generator) -> Floats:
        drawn = generator.choice(errors, (steps, paths))
        simulated = result.simulate(steps, anchor="end", repetitions=paths, random_errors=drawn)
        adjusted = np.asarray(simulated).reshape(steps, paths) * scale + centre
        return _with_seasons(adjusted, decomposed, count)

    return Fitted("exponential_smoothing", trend, draw)


def fit_naive(decomposed: Decomposed, series: Floats) -> Fitted:
    """As one season ago, or as last where there is no season; `series` has its gaps filled in."""
    season = decomposed.longest
    changes = series[season:] - series[:-season]
    changes = changes - changes.mean()
    last = series[-season:]

    def draw(steps: int, paths: int, generator: np.random.Generator) -> Floats:
        rounds = -(-steps // season)
        drawn = generator.choice(changes, (rounds, season, paths)).cumsum(axis=0)
        paths_of_rounds = last[None, :, None] + drawn
        drawn_paths: Floats = paths_of_rounds.reshape(rounds * season, paths)[:steps]
        return drawn_paths

    return Fitted("naive", "none", draw)


def refilled(decomposed: Decomposed) -> Floats:
    """The series itself, gaps filled in by its seasons."""
    return decomposed.adjusted + decomposed.seasonal(range(len(decomposed.adjusted)))


def _fit(series: Floats, trend: str | None, damped: bool) -> Any:
    with warnings.catch_warnings():
        # It says so where the optimum is flat; what comes of it is tried on the past anyway.
        warnings.simplefilter("ignore")
        return ETSModel(series, error="add", trend=trend, damped_trend=damped).fit(
            disp=False, maxiter=_TRIES
        )


def _criterion(result: Any) -> float:
    value = float(result.aicc)
    return value if np.isfinite(value) else np.inf


def _widening(decomposed: Decomposed, count: int, parameters: int) -> float:
    """Fitted errors are smaller than those to come: by what the parameters and patterns took up.

    A pattern that is the mean of k rounds takes 1/k of the variance from the errors of the past,
    and adds 1/k to those to come.
    """
    variance = count / max(count - parameters, 1)
    for season in decomposed.found:
        rounds = count / season.length
        variance *= (rounds + 1) / (rounds - 1)
    return float(np.sqrt(variance))


def _with_seasons(adjusted: Floats, decomposed: Decomposed, count: int) -> Floats:
    ahead = range(count, count + len(adjusted))
    result: Floats = adjusted + decomposed.seasonal(ahead)[:, None]
    return result
