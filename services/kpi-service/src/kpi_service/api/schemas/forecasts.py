"""Bodies of forecasts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any, Literal

from helmlog_events.contracts.kpi import Period
from helmlog_events.values import Instant, Number
from helmlog_web.schemas import ResponseModel, exemplified

from kpi_service.api.examples import analysis
from kpi_service.application.analysis.told import (
    ForecastTold,
    NothingTold,
)


class SeasonResponse(ResponseModel):
    """`length` is in periods of the series; `strength` goes from 0 to 1; `why_not` says why it was
    not found.
    """

    name: str
    length: int
    rounds: int
    found: bool
    strength: Number | None
    why_not: str | None


class SpanResponse(ResponseModel):
    starts_at: Instant
    ends_at: Instant


class IntervalResponse(ResponseModel):
    """The median, and the intervals it lies in with 80 % and 95 %."""

    value: Number
    lower_80: Number
    upper_80: Number
    lower_95: Number
    upper_95: Number


class ForecastStepResponse(IntervalResponse):
    starts_at: Instant
    ends_at: Instant


class GoalResponse(ResponseModel):
    """Met at `least` or more and `most` or less; at the bounds themselves if `inclusive`."""

    least: Number | None
    most: Number | None
    inclusive: bool


class OutcomeResponse(IntervalResponse):
    """What a span comes to. `period` is null for the one asked for by `until`; `so_far` is what the
    readings up to `valid_at` come to in it, null without any.

    `chance` is that of meeting the `goal`, from 0.001 to 0.999; where it is null, `chance_absent`
    says why.
    """

    period: Period | None
    starts_at: Instant
    ends_at: Instant
    so_far: Number | None
    goal: GoalResponse | None
    chance: Number | None
    chance_absent: str | None


class ModelResponse(ResponseModel):
    name: Literal["exponential_smoothing", "naive", "constant"]
    trend: Literal["none", "damped", "linear"]
    why: str


class TrendResponse(ResponseModel):
    """The slope a period, without seasons, with its 95 % interval; no tendency where it holds 0."""

    tendency: Literal["rising", "falling", "none"]
    slope: Number
    lower_95: Number
    upper_95: Number
    values: int


class ScoreResponse(ResponseModel):
    """Scaled by the mean error of going by one season ago: below 1 is better than that."""

    mean_absolute_error: Number
    mean_absolute_scaled_error: Number | None
    coverage_80: Number
    coverage_95: Number


class TrialResponse(ResponseModel):
    """The same tried from `origins` past moments, `lead` periods ahead: `values` were foretold.

    `model` is the one used, `naive` goes by one season ago, or by the last value without seasons.
    """

    origins: int
    lead: int
    values: int
    model: ScoreResponse
    naive: ScoreResponse


class ForecastResponse(ResponseModel):
    """From readings observed before `valid_at`. Where not `available`, `reason` says why, and what
    follows it is null or empty.

    `history` has `gaps` periods without a value, which were filled in for the model. `steps` are
    the periods from the one under way on; `outcomes` the end of the longer period, and `until`.
    """

    model_config = exemplified(analysis.FORECAST)

    valid_at: Instant
    known_at: Instant | None
    period: Period
    available: bool
    reason: str | None
    history: SpanResponse | None
    values: int
    gaps: int
    model: ModelResponse | None
    trend: TrendResponse | None
    seasons: list[SeasonResponse]
    steps: list[ForecastStepResponse]
    outcomes: list[OutcomeResponse]
    trial: TrialResponse | None


def forecast_response(
    period: Period, valid_at: datetime, known_at: datetime | None, told: ForecastTold | NothingTold
) -> ForecastResponse:
    absent: dict[str, Any] = {
        "reason": None,
        "history": None,
        "values": 0,
        "gaps": 0,
        "model": None,
        "trend": None,
        "seasons": [],
        "steps": [],
        "outcomes": [],
        "trial": None,
    }
    said = asdict(told)
    for each in ("steps", "outcomes"):
        said[each] = [_flat(one) for one in said.get(each, [])]
    return ForecastResponse.model_validate(
        {
            "valid_at": valid_at,
            "known_at": known_at,
            "period": period,
            "available": isinstance(told, ForecastTold),
            **absent,
            **said,
        }
    )


def _flat(told: Mapping[str, Any]) -> dict[str, Any]:
    """Its span and interval among its own fields."""
    rest = {name: value for name, value in told.items() if name not in {"span", "interval"}}
    return {**rest, **told["span"], **told["interval"]}
