"""Bodies of suggested thresholds."""

from __future__ import annotations

from dataclasses import asdict
from typing import Literal

from helmlog_events.contracts.kpi import ThresholdRule
from helmlog_events.values import Instant, Number
from helmlog_web.schemas import ResponseModel
from pydantic import Field

from kpi_service.api.schemas.backtests import RehearsalResponse, rehearsal_response
from kpi_service.api.schemas.forecasts import SeasonResponse
from kpi_service.application.analysis.backtest import Backtested, Stretch
from kpi_service.application.analysis.told import (
    NothingTold,
    SuggestionTold,
)
from kpi_service.domain.suggestion.sensitivity import Sensitivity


class UsualEdge(ResponseModel):
    bound: Number
    spread: Number


class UsualResponse(ResponseModel):
    """What the bounds rest on. `spread` is a standard deviation estimated by medians; `unusual`
    readings are more than `reach` of them away from what their season and level say.

    `low` and `high` are the edges of the others, with the spread about there.
    """

    readings: int
    unusual: int
    spread: Number
    reach: Number
    low: UsualEdge
    high: UsualEdge
    seasons: list[SeasonResponse]


class SuggestedPolicy(ResponseModel):
    """To be set as it is, with the time it holds from."""

    evaluate: Literal["reading"]
    rules: list[ThresholdRule]


class SuggestionResponse(ResponseModel):
    """`suggestion` is null where the history supports none, and `reason` says why.

    `left_out` says why a side or a severity has no rule; `would_have_fired` is the suggestion run
    over the history it was made from.
    """

    since: Instant = Field(serialization_alias="from")
    before: Instant = Field(serialization_alias="to")
    known_at: Instant | None
    sensitivity: Literal["low", "medium", "high"]
    suggestion: SuggestedPolicy | None
    reason: str | None
    left_out: list[str]
    usual: UsualResponse | None
    would_have_fired: RehearsalResponse | None


def suggestion_response(
    stretch: Stretch,
    sensitivity: Sensitivity,
    told: tuple[SuggestionTold, Backtested] | NothingTold,
) -> SuggestionResponse:
    given = told if isinstance(told, tuple) else None
    return SuggestionResponse(
        since=stretch.since,
        before=stretch.before,
        known_at=stretch.known_at,
        sensitivity=sensitivity,
        suggestion=SuggestedPolicy(evaluate="reading", rules=list(given[0].rules))
        if given
        else None,
        reason=told.reason if isinstance(told, NothingTold) else None,
        left_out=list(given[0].left_out) if given else [],
        usual=UsualResponse.model_validate(asdict(given[0].usual)) if given else None,
        would_have_fired=rehearsal_response(given[1].proposed) if given else None,
    )
