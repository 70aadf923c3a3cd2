"""Thresholds out of a series' own beginning, by one rule for all.

The bounds must not know what comes later, or comparing the breaches with the windows people marked
would be worth nothing: so a series is learned from first, and judged only afterwards.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Literal

from helmlog_local.company.series import Series, Side

LEARNED_SHARE = 4
LONGEST_LEARNING = timedelta(days=28)
_MIDDLE = (Decimal("0.005"), Decimal("0.995"))
_RECOVERY = (Decimal("0.05"), Decimal("0.95"))
_WIDENED: dict[Literal["warning", "critical"], Decimal] = {
    "warning": Decimal("0.10"),
    "critical": Decimal("0.25"),
}
_IN_A_ROW = 2
_DIGITS = 6

RULE_IN_WORDS = (
    "Bounds come from each series' own first quarter (28 days at most), which is not judged: the "
    "middle 99 % of it, widened by a tenth of its width for a warning and by a quarter for a "
    "critical breach, two readings in a row; a breach ends inside the middle 90 %."
)


@dataclass(frozen=True, slots=True)
class ThresholdRule:
    """As kpi-service takes it."""

    severity: Literal["warning", "critical"]
    when: Side
    value: Decimal
    recover: Decimal
    for_readings: int


@dataclass(frozen=True, slots=True)
class LearnedPolicy:
    """Holds from `effective_from` on: the end of what it was learned from."""

    effective_from: datetime
    rules: tuple[ThresholdRule, ...]


def learn_policy(series: Series) -> LearnedPolicy:
    begins, ends = series.first_observed_at, series.last_observed_at
    effective_from = begins + min(LONGEST_LEARNING, (ends - begins) / LEARNED_SHARE)
    learned = sorted(
        Decimal(reading.value)
        for reading in series.readings
        if reading.observed_at < effective_from
    )
    low, high = (_quantile(learned, share) for share in _MIDDLE)
    recover_low, recover_high = (_quantile(learned, share) for share in _RECOVERY)
    rules = []
    for severity, share in _WIDENED.items():
        margin = (high - low) * share
        if "below" in series.watched:
            bound = min(_rounded(low - margin), recover_low)
            rules.append(ThresholdRule(severity, "below", bound, recover_low, _IN_A_ROW))
        if "above" in series.watched:
            bound = max(_rounded(high + margin), recover_high)
            rules.append(ThresholdRule(severity, "above", bound, recover_high, _IN_A_ROW))
    return LearnedPolicy(effective_from, tuple(rules))


def _quantile(ordered: list[Decimal], share: Decimal) -> Decimal:
    """The value of the nearest rank: one that was really read."""
    return ordered[round(share * (len(ordered) - 1))]


def _rounded(value: Decimal) -> Decimal:
    """To six significant digits: more would pretend to a precision that quantiles don't have."""
    if not value:
        return Decimal(0)
    places = value.adjusted() - _DIGITS + 1
    return value.quantize(Decimal((0, (1,), places)), ROUND_HALF_EVEN)
