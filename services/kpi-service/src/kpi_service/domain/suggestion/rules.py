"""Threshold rules made of what is usual."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from math import ceil, log10
from typing import Final, Literal

import numpy as np
from helmlog_events.contracts.kpi import Direction, Severity, ThresholdRule
from helmlog_events.values import MAX_PLACES

from kpi_service.domain.forecast.series import Floats, TooLittle
from kpi_service.domain.suggestion.sensitivity import SETTINGS, Sensitivity, Setting
from kpi_service.domain.suggestion.usual import Edge, Usual

Side = Literal["below", "above"]


SIDES: Final[dict[Direction, tuple[Side, ...]]] = {
    "up": ("below",),
    "down": ("above",),
    "within": ("below", "above"),
}
_RUNS: Final = (1, 2, 3, 5, 10)
_MONTH: Final = 30 * 86_400


@dataclass(frozen=True, slots=True)
class Suggested:
    """`left_out` says why a side or a severity has no rule."""

    rules: tuple[ThresholdRule, ...]
    left_out: tuple[str, ...]


def suggest_rules(
    direction: Direction, usual: Usual, values: Floats, length: float, sensitivity: Sensitivity
) -> Suggested:
    """`length` is that of the history in seconds. Raises `TooLittle` where no rule is left."""
    rules: list[ThresholdRule] = []
    left_out: list[str] = []
    for side in SIDES[direction]:
        edge = usual.low if side == "below" else usual.high
        made, reason = _side(side, edge, values, length, SETTINGS[sensitivity])
        rules.extend(made)
        if reason is not None:
            left_out.append(reason)
    if not rules:
        raise TooLittle("; ".join(left_out))
    return Suggested(tuple(rules), tuple(left_out))


def _side(
    side: Side, edge: Edge, values: Floats, length: float, setting: Setting
) -> tuple[list[ThresholdRule], str | None]:
    sign = -1 if side == "below" else 1
    places = max(0, min(MAX_PLACES, ceil(-log10(edge.spread / 20))))
    warning = edge.bound + sign * setting.warning * edge.spread
    critical = edge.bound + sign * setting.critical * edge.spread
    bounds: dict[Severity, tuple[float, float]] = {
        # What ends a breach lies a spread nearer to what is good than what began it.
        "warning": (warning, warning - sign * edge.spread),
        "critical": (critical, critical - sign * edge.spread),
    }
    never_negative = bool(values.min() >= 0)
    rules: list[ThresholdRule] = []
    for severity, (bound, recover) in bounds.items():
        value = _rounded(bound, places)
        if side == "below" and never_negative and value <= 0:
            return rules, f"a {severity} would lie at or below zero, where readings never were"
        rules.append(
            ThresholdRule(
                severity=severity,
                when=side,
                value=value,
                recover=_rounded(recover, places),
                for_readings=_run(side, float(value), values, length, setting.a_month),
            )
        )
    return rules, None


def _run(side: Side, bound: float, values: Floats, length: float, a_month: float) -> int:
    """The fewest readings in a row that have it fire no more often than it may."""
    beyond = values < bound if side == "below" else values > bound
    edges = np.flatnonzero(np.diff(np.r_[False, beyond, False].astype(np.int8)))
    runs = edges[1::2] - edges[::2]
    allowed = max(1.0, a_month * length / _MONTH)
    return next((count for count in _RUNS if int((runs >= count).sum()) <= allowed), _RUNS[-1])


def _rounded(number: float, places: int) -> Decimal:
    rounded = Decimal(number).quantize(Decimal(1).scaleb(-places), ROUND_HALF_EVEN)
    return rounded or Decimal(0)
