"""What is asked of an analysis process.

It loads what it reckons with by itself: the process that asks is spared seconds and a hundred
megabytes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from helmlog_events.contracts.kpi import Direction, Period

from kpi_service.application.analysis.backtest import Backtested, Stretch
from kpi_service.application.analysis.told import ForecastTold, NothingTold, SuggestionTold
from kpi_service.domain.forecast.spans import Goal
from kpi_service.domain.kpi.state import KPI
from kpi_service.domain.periods import Calendar, Span
from kpi_service.domain.suggestion.sensitivity import Sensitivity


@dataclass(frozen=True, slots=True)
class Asked:
    """One span to foretell: `goal` is what it should come to, or `no_goal` says why none."""

    period: Period | None
    span: Span
    goal: Goal | None
    no_goal: str | None


@dataclass(frozen=True, slots=True)
class ForecastJob:
    """From readings observed before `at` and known at `known_at`."""

    url: str
    tenant: str
    kpi: KPI
    calendar: Calendar
    period: Period
    at: datetime
    known_at: datetime | None
    asked: tuple[Asked, ...]

    def __call__(self) -> ForecastTold | NothingTold:
        from kpi_service.application.analysis.foretelling import foretell  # noqa: PLC0415 - loads much

        return foretell(self)


@dataclass(frozen=True, slots=True)
class SuggestionJob:
    url: str
    stretch: Stretch
    direction: Direction
    sensitivity: Sensitivity

    def __call__(self) -> tuple[SuggestionTold, Backtested] | NothingTold:
        from kpi_service.application.analysis.suggesting import suggest  # noqa: PLC0415 - loads much

        return suggest(self)
