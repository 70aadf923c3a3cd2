"""How well it would have been foretold: from several past moments, by what was known at each.

The scale of MASE is the mean error of going by one season ago (or by the last value): Hyndman and
Koehler, "Another look at measures of forecast accuracy", 2006.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from kpi_service.domain.forecast.models import Fitted, fit_naive, fit_smoothing, refilled
from kpi_service.domain.forecast.seasons import decompose
from kpi_service.domain.forecast.series import FEWEST, Floats, filled

ORIGINS: Final = 8
_FEWEST_ORIGINS: Final = 3
_LONGEST_LEAD: Final = 31
_PATHS: Final = 400
_BOUNDS: Final = (2.5, 10.0, 90.0, 97.5)


@dataclass(frozen=True, slots=True)
class Score:
    """Mean absolute error, the same scaled, and the share of values inside each interval."""

    error: float
    scaled_error: float | None
    within_80: float
    within_95: float


@dataclass(frozen=True, slots=True)
class Trial:
    """`values` are those foretold, `lead` periods from each of `origins` moments."""

    origins: int
    lead: int
    values: int
    smoothing: Score
    naive: Score


def try_on_the_past(
    series: Floats, candidates: Sequence[tuple[str, int]], horizon: int, seed: int
) -> Trial | None:
    """None where the past is too short for three moments; gaps are NaN and are not scored."""
    lead = max(1, min(horizon, _LONGEST_LEAD, len(series) // 5))
    whole = decompose(series, candidates)
    needed = max(FEWEST, 2 * whole.longest)
    room = len(series) - lead - needed
    if room < _FEWEST_ORIGINS - 1:
        return None
    stride = max(1, min(lead, room // (ORIGINS - 1)))
    origins = [
        len(series) - lead - place * stride for place in range(ORIGINS) if place * stride <= room
    ]
    season = whole.longest
    # Gaps count as they were filled in: what is known here is only the scale.
    scale = float(np.abs(filled(series)[season:] - filled(series)[:-season]).mean())
    errors: dict[str, list[Floats]] = {"smoothing": [], "naive": []}
    inside: dict[str, list[Floats]] = {"smoothing": [], "naive": []}
    for origin in origins:
        known = decompose(series[:origin], candidates)
        truth = series[origin : origin + lead]
        models = {"smoothing": fit_smoothing(known), "naive": fit_naive(known, refilled(known))}
        for name, model in models.items():
            error, hits = _score(model, truth, seed + origin)
            errors[name].append(error)
            inside[name].append(hits)
    scores = {
        name: _summed(np.concatenate(errors[name]), np.concatenate(inside[name], axis=1), scale)
        for name in errors
    }
    foretold = int(np.isfinite(np.concatenate(errors["naive"])).sum())
    if not foretold:
        return None
    return Trial(len(origins), lead, foretold, scores["smoothing"], scores["naive"])


def _score(model: Fitted, truth: Floats, seed: int) -> tuple[Floats, Floats]:
    """Absolute errors (NaN at gaps), and one row an interval: 1 inside, 0 outside, NaN at gaps."""
    paths = model.draw(len(truth), _PATHS, np.random.default_rng(seed))
    low_95, low_80, high_80, high_95 = np.percentile(paths, _BOUNDS, axis=1)
    gap = np.isnan(truth)
    inside = np.stack(
        [(truth >= low_80) & (truth <= high_80), (truth >= low_95) & (truth <= high_95)]
    ).astype(np.float64)
    inside[:, gap] = np.nan
    return np.abs(truth - np.median(paths, axis=1)), inside


def _summed(errors: Floats, inside: Floats, scale: float) -> Score:
    known = np.isfinite(errors)
    if not known.any():
        return Score(0.0, None, 0.0, 0.0)
    error = float(errors[known].mean())
    within_80, within_95 = inside[:, known].mean(axis=1)
    return Score(error, error / scale if scale > 0 else None, float(within_80), float(within_95))
