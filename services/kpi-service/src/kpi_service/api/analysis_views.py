"""From what an analysis says to what is shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from helmlog_events.contracts.kpi import Period

from kpi_service.api.schemas.analysis import (
    BacktestResponse,
    Detection,
    ForecastResponse,
    RehearsalResponse,
    RehearsedBreach,
    RehearsedSeverity,
    RehearsedSilence,
    SuggestedPolicy,
    SuggestionResponse,
    UsualResponse,
    WindowVerdict,
)
from kpi_service.application.analysis.backtest import Backtested, Stretch
from kpi_service.application.analysis.told import (
    ForecastTold,
    NothingTold,
    SuggestionTold,
)
from kpi_service.domain.backtest.rehearsal import Episode
from kpi_service.domain.backtest.tally import Tally
from kpi_service.domain.backtest.windows import Marking
from kpi_service.domain.suggestion.sensitivity import Sensitivity


def backtest_response(stretch: Stretch, backtested: Backtested) -> BacktestResponse:
    return BacktestResponse(
        since=stretch.since,
        before=stretch.before,
        known_at=stretch.known_at,
        readings=backtested.readings,
        proposed=rehearsal_response(backtested.proposed),
        current=rehearsal_response(backtested.current),
    )


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


def rehearsal_response(tally: Tally) -> RehearsalResponse:
    return RehearsalResponse(
        breaches=tally.breach_count,
        warning=tally.count_by_gravest["warning"],
        critical=tally.count_by_gravest["critical"],
        seconds_in_warning=int(tally.time_by_severity["warning"].total_seconds()),
        seconds_in_critical=int(tally.time_by_severity["critical"].total_seconds()),
        items=[_breach(tally, *one) for one in tally.episodes],
        silences=tally.silence_count,
        silent=[RehearsedSilence.model_validate(one._asdict()) for one in tally.silences],
        detection=_detection(tally.marking) if tally.marking.windows else None,
    )


def _breach(tally: Tally, episode: Episode, in_window: bool) -> RehearsedBreach:
    over = episode.recovered_at or tally.before
    return RehearsedBreach(
        severity=episode.gravest,
        opened_at=episode.opened_at,
        triggered_at=episode.triggered_at,
        recovered_at=episode.recovered_at,
        recovered_by=episode.cause,
        seconds=int((over - episode.triggered_at).total_seconds()),
        value=episode.value,
        rule=episode.rule,
        severities=[RehearsedSeverity.model_validate(one._asdict()) for one in episode.changes],
        in_window=in_window if tally.marking.windows else None,
    )


def _detection(marking: Marking) -> Detection:
    return Detection(
        hits=marking.hits,
        misses=len(marking.windows) - marking.hits,
        false_alarms=marking.false_alarms,
        precision=marking.precision,
        recall=marking.recall,
        windows=[
            WindowVerdict(
                starts_at=one.window.starts_at,
                ends_at=one.window.ends_at,
                hit=bool(one.breaches),
                breaches=one.breaches,
                delay_seconds=None if one.delay is None else int(one.delay.total_seconds()),
            )
            for one in marking.verdicts()
        ],
    )


def _flat(told: Mapping[str, Any]) -> dict[str, Any]:
    """Its span and interval among its own fields."""
    rest = {name: value for name, value in told.items() if name not in {"span", "interval"}}
    return {**rest, **told["span"], **told["interval"]}
