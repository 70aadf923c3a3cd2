"""What an analysis says, in decimals and plain values: light enough for any process to read."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from helmlog_events.contracts.kpi import Period, ThresholdRule

from kpi_service.domain.periods import Span


@dataclass(frozen=True, slots=True)
class IntervalTold:
    """The median, and the intervals it lies in with 80 % and 95 %."""

    value: Decimal
    lower_80: Decimal
    upper_80: Decimal
    lower_95: Decimal
    upper_95: Decimal


@dataclass(frozen=True, slots=True)
class StepTold:
    span: Span
    interval: IntervalTold


@dataclass(frozen=True, slots=True)
class GoalTold:
    least: Decimal | None
    most: Decimal | None
    inclusive: bool


@dataclass(frozen=True, slots=True)
class OutcomeTold:
    """`period` is none for a span that was asked for; `chance` is none without a goal."""

    period: Period | None
    span: Span
    interval: IntervalTold
    so_far: Decimal | None
    goal: GoalTold | None
    chance: Decimal | None
    chance_absent: str | None


@dataclass(frozen=True, slots=True)
class SeasonTold:
    name: str
    length: int
    rounds: int
    found: bool
    strength: Decimal | None
    why_not: str | None


@dataclass(frozen=True, slots=True)
class TrendTold:
    tendency: str
    slope: Decimal
    lower_95: Decimal
    upper_95: Decimal
    values: int


@dataclass(frozen=True, slots=True)
class ScoreTold:
    mean_absolute_error: Decimal
    mean_absolute_scaled_error: Decimal | None
    coverage_80: Decimal
    coverage_95: Decimal


@dataclass(frozen=True, slots=True)
class TrialTold:
    origins: int
    lead: int
    values: int
    model: ScoreTold
    naive: ScoreTold


@dataclass(frozen=True, slots=True)
class ModelTold:
    name: str
    trend: str
    why: str


@dataclass(frozen=True, slots=True)
class ForecastTold:
    history: Span
    values: int
    gaps: int
    model: ModelTold
    trend: TrendTold
    seasons: tuple[SeasonTold, ...]
    steps: tuple[StepTold, ...]
    outcomes: tuple[OutcomeTold, ...]
    trial: TrialTold | None


@dataclass(frozen=True, slots=True)
class EdgeTold:
    """Where usual readings end, and how far they spread about there."""

    bound: Decimal
    spread: Decimal


@dataclass(frozen=True, slots=True)
class UsualTold:
    readings: int
    unusual: int
    spread: Decimal
    reach: Decimal
    low: EdgeTold
    high: EdgeTold
    seasons: tuple[SeasonTold, ...]


@dataclass(frozen=True, slots=True)
class SuggestionTold:
    rules: tuple[ThresholdRule, ...]
    left_out: tuple[str, ...]
    usual: UsualTold


@dataclass(frozen=True, slots=True)
class NothingTold:
    """Nothing honest can be said; `reason` says why."""

    reason: str
