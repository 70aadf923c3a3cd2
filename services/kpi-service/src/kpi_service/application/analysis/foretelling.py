"""From readings to a forecast: values by period, reckoned with, said in decimals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from helmlog_events.store.postgres.connections import driver
from sqlalchemy.ext.asyncio import AsyncConnection

from kpi_service.application.analysis.database import read
from kpi_service.application.analysis.jobs import ForecastJob
from kpi_service.application.analysis.rounding import CHANCE, SHARE, Rounding
from kpi_service.application.analysis.told import (
    ForecastTold,
    GoalTold,
    IntervalTold,
    ModelTold,
    NothingTold,
    OutcomeTold,
    ScoreTold,
    SeasonTold,
    StepTold,
    TrendTold,
    TrialTold,
)
from kpi_service.domain.forecast.forecast import Course, Forecast, Stretch, forecast
from kpi_service.domain.forecast.outcomes import Interval, UnderWay
from kpi_service.domain.forecast.seasons import Season
from kpi_service.domain.forecast.series import LONGEST, TooLittle
from kpi_service.domain.forecast.spans import history_begins, places_of
from kpi_service.domain.forecast.trial import Score
from kpi_service.domain.periods import Span
from kpi_service.readmodel.period_values import read_values

_SLOPE_DIGITS: Final = 2
"""A slope a period is small beside the values."""
_EARLIER: Final = 28
"""Periods that tell what the rest of one brings."""


def foretell(job: ForecastJob) -> ForecastTold | NothingTold:
    now = job.calendar.span_of(job.period, job.at)
    over = _past(job, now)
    elapsed = (job.at - now.starts_at) / (now.ends_at - now.starts_at)
    begun = [_begun(span, elapsed) for span in over[-_EARLIER:]]
    known, then, *so_far = _values(
        job,
        [*over, Span(now.starts_at, job.at)],
        begun,
        *([Span(one.span.starts_at, job.at)] for one in job.asked),
    )
    earlier = tuple(
        (then[part], known[span])
        for part, span in zip(begun, over[-_EARLIER:], strict=True)
        if part in then
    )
    first = next((place for place, span in enumerate(over) if span in known), len(over))
    over = over[first:]
    values = tuple(known.get(span) for span in over)
    ends = max(one.span.ends_at for one in job.asked)
    ahead = [now, *job.calendar.spans(job.period, now.ends_at, ends)]
    course = Course(
        period=job.period,
        aggregation=job.kpi.definition.aggregation,
        counter=job.kpi.definition.measure == "counter",
        values=values,
        under_way=UnderWay(known.get(Span(now.starts_at, job.at)), elapsed, earlier),
        stretches=tuple(
            Stretch(*places_of([*over, *ahead], one.span), one.goal) for one in job.asked
        ),
    )
    try:
        told = forecast(course)
    except TooLittle as error:
        return NothingTold(str(error))
    rounding = Rounding.of(max(abs(value) for value in known.values()))
    return _told(told, over, ahead, _outcomes(job, told, so_far, rounding), rounding)


def _past(job: ForecastJob, now: Span) -> list[Span]:
    """As far back as the models look, and to where the spans asked about begin."""
    begins = history_begins(job.period, job.at, LONGEST[job.period])
    since = min(begins, *(one.span.starts_at for one in job.asked))
    return list(job.calendar.spans(job.period, since, now.starts_at))


def _begun(span: Span, elapsed: float) -> Span:
    return Span(span.starts_at, span.starts_at + elapsed * (span.ends_at - span.starts_at))


def _values(job: ForecastJob, *several: Sequence[Span]) -> list[dict[Span, float]]:
    """Of each sequence of spans, those that have a value."""

    async def read_all(connection: AsyncConnection) -> list[dict[Span, float]]:
        raw = await driver(connection)
        found = []
        for spans in several:
            asked = [span for span in spans if span.starts_at < span.ends_at]
            values = await read_values(raw, job.tenant, job.kpi, asked, known_at=job.known_at)
            found.append({one.span: float(one.value) for one in values})
        return found

    return read(job.url, read_all)


def _told(
    told: Forecast,
    over: Sequence[Span],
    ahead: Sequence[Span],
    outcomes: tuple[OutcomeTold, ...],
    rounding: Rounding,
) -> ForecastTold:
    finer = rounding.finer(_SLOPE_DIGITS)
    trial = told.trial
    last = told.last + 1
    return ForecastTold(
        history=Span(over[last - told.history].starts_at, over[last - 1].ends_at),
        values=told.history - told.gaps,
        gaps=told.gaps,
        model=ModelTold(told.model, told.trend_kind, told.why),
        trend=TrendTold(
            told.trend.tendency,
            finer(told.trend.slope),
            finer(told.trend.lower),
            finer(told.trend.upper),
            told.trend.values,
        ),
        seasons=tuple(season_told(one) for one in told.seasons),
        steps=tuple(
            StepTold(span, _interval(step, rounding))
            for span, step in zip(ahead, told.steps, strict=True)
        ),
        outcomes=outcomes,
        trial=None
        if trial is None
        else TrialTold(
            trial.origins,
            trial.lead,
            trial.values,
            _score(trial.naive if told.model == "naive" else trial.smoothing, rounding),
            _score(trial.naive, rounding),
        ),
    )


def season_told(season: Season) -> SeasonTold:
    return SeasonTold(
        season.name,
        season.length,
        season.rounds,
        season.pattern is not None,
        None if season.strength is None else SHARE(season.strength),
        season.why_not,
    )


def _outcomes(
    job: ForecastJob, told: Forecast, so_far: Sequence[dict[Span, float]], rounding: Rounding
) -> tuple[OutcomeTold, ...]:
    return tuple(
        OutcomeTold(
            asked.period,
            asked.span,
            _interval(outcome.interval, rounding),
            next((rounding(value) for value in values.values()), None),
            None
            if asked.goal is None
            else GoalTold(asked.goal.least, asked.goal.most, asked.goal.inclusive),
            None if outcome.chance is None else CHANCE(outcome.chance),
            asked.no_goal,
        )
        for asked, outcome, values in zip(job.asked, told.outcomes, so_far, strict=True)
    )


def _interval(interval: Interval, rounding: Rounding) -> IntervalTold:
    return IntervalTold(
        rounding(interval.value),
        rounding(interval.lower_80),
        rounding(interval.upper_80),
        rounding(interval.lower_95),
        rounding(interval.upper_95),
    )


def _score(score: Score, rounding: Rounding) -> ScoreTold:
    return ScoreTold(
        rounding(score.error),
        None if score.scaled_error is None else SHARE(score.scaled_error),
        SHARE(score.within_80),
        SHARE(score.within_95),
    )
