"""What the API asks: jobs made, and run where they don't stand in anyone's way."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Literal

from helmlog_events.contracts.kpi import OnNoData, Period, ThresholdPolicySet, ThresholdRule

from kpi_service.application.analysis.backtest import (
    Backtest,
    Backtested,
    Stretch,
    check_stretch,
    check_windows,
)
from kpi_service.application.analysis.jobs import Asked, ForecastJob, SuggestionJob
from kpi_service.application.analysis.pool import AnalysisPool
from kpi_service.application.analysis.told import ForecastTold, NothingTold, SuggestionTold
from kpi_service.domain.backtest.windows import Window
from kpi_service.domain.forecast.spans import (
    NO_SIDE,
    UntilNotAhead,
    check_reach,
    check_tiling,
    default_within,
    goal_at,
)
from kpi_service.domain.kpi.decide import SetThresholdPolicy, decide
from kpi_service.domain.kpi.refusals import Refusal
from kpi_service.domain.kpi.state import KPI
from kpi_service.domain.periods import (
    Calendar,
    CalendarExceeded,
    FiscalCalendarMissing,
    Span,
)
from kpi_service.domain.suggestion.sensitivity import Sensitivity
from kpi_service.domain.threshold.policy import Policy, compile_policy


class ProposalRefused(Refusal):
    """The policy that is to be tried could not be set either."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(str(refusal))
        self.refusal = refusal


@dataclass(frozen=True, slots=True)
class Proposal:
    """A policy that is not set, only tried."""

    rules: tuple[ThresholdRule, ...]
    no_data_after: str | None
    on_no_data: OnNoData
    evaluate: Literal["reading", "period"] = "reading"
    period: Period | None = None


@dataclass(frozen=True, slots=True)
class ForecastAsked:
    """Of values by `period`: to the end of the `within` that is under way at `at`, and of the span
    `since..until` if there is an `until`; `target` goes before the KPI's own.
    """

    period: Period
    within: Period | None
    at: datetime
    since: datetime | None
    until: datetime | None
    target: Decimal | None


@dataclass(frozen=True, slots=True)
class Analyses:
    """`url` is that of the database, which the processes read by themselves.

    All raise `AnalysisBusy`, `AnalysisTooLong`, `AnalysisLost`, and a `Refusal` for what can't be
    asked.
    """

    pool: AnalysisPool
    url: str

    async def backtest(
        self, stretch: Stretch, kpi: KPI, proposal: Proposal, windows: tuple[Window, ...]
    ) -> Backtested:
        check_stretch(stretch.since, stretch.before)
        check_windows(windows, stretch.since, stretch.before)
        proposed = _compiled(stretch, kpi, proposal)
        return await self.pool.run(
            Backtest(self.url, stretch, windows, proposed, kpi.policies, kpi)
        )

    async def suggest(
        self, stretch: Stretch, kpi: KPI, sensitivity: Sensitivity
    ) -> tuple[SuggestionTold, Backtested] | NothingTold:
        check_stretch(stretch.since, stretch.before)
        direction = kpi.definition.direction
        if direction is None:
            return NothingTold(NO_SIDE)
        return await self.pool.run(SuggestionJob(self.url, stretch, direction, sensitivity))

    async def forecast(
        self,
        tenant: str,
        kpi: KPI,
        calendar: Calendar,
        asked: ForecastAsked,
        known_at: datetime | None,
    ) -> ForecastTold | NothingTold:
        """Periods are cut by `calendar`, the KPI's own."""
        spans = tuple(_asked(kpi, calendar, asked))
        check_reach(
            asked.period,
            [one.span.starts_at for one in spans],
            asked.at,
            [one.span.ends_at for one in spans],
        )
        return await self.pool.run(
            ForecastJob(self.url, tenant, kpi, calendar, asked.period, asked.at, known_at, spans)
        )


def _compiled(stretch: Stretch, kpi: KPI, proposal: Proposal) -> tuple[Policy, ...]:
    """As if it held from the stretch's start on. Raises `ProposalRefused`."""
    command = SetThresholdPolicy(
        stretch.kpi_id,
        stretch.since,
        proposal.rules,
        proposal.no_data_after,
        proposal.on_no_data,
        at=stretch.since,
        evaluate=proposal.evaluate,
        period=proposal.period,
    )
    try:
        # Without those in force: one that is set already is a proposal like any other.
        (event,) = decide(command, replace(kpi, policies=(), policy_events=()))
    except Refusal as refusal:
        raise ProposalRefused(refusal) from refusal
    if not isinstance(event, ThresholdPolicySet):
        raise TypeError(f"a policy was decided as {event!r}")
    return (compile_policy(event, 1),)


def _asked(kpi: KPI, calendar: Calendar, asked: ForecastAsked) -> list[Asked]:
    within = asked.within or _within(kpi, asked)
    check_tiling(asked.period, within)
    try:
        period = calendar.span_of(within, asked.at)
    except (FiscalCalendarMissing, CalendarExceeded) as refusal:
        refusal.field = "period" if asked.within is None else "within"
        raise
    spans = [Asked(within, period, *goal_at(kpi, asked.at, within, asked.target))]
    if asked.until is not None:
        since = asked.since or calendar.span_of(asked.period, asked.at).starts_at
        if asked.until <= max(since, asked.at):
            raise UntilNotAhead(max(since, asked.at), asked.until)
        span = Span(since, asked.until)
        spans.append(Asked(None, span, *goal_at(kpi, asked.at, None, asked.target)))
    return spans


def _within(kpi: KPI, asked: ForecastAsked) -> Period:
    """The period that the KPI has a target for, if one is made of such steps."""
    for target in kpi.targets:
        period = target.period
        if period is None or kpi.target_at(asked.at, period) is None:
            continue
        try:
            check_tiling(asked.period, period)
        except Refusal:
            continue
        return period
    return default_within(asked.period)
