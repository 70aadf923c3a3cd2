"""Bodies of backtests."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Literal

from helmlog_events.contracts.kpi import OnNoData, Period, Severity, ThresholdRule
from helmlog_events.values import Instant, Number
from helmlog_web.schemas import RequestModel, ResponseModel, exemplified
from pydantic import BeforeValidator, Field

from kpi_service.api.examples import analysis
from kpi_service.api.schemas.policies import RuleRequest
from kpi_service.application.analysis.backtest import Backtested, Stretch
from kpi_service.domain.backtest.rehearsal import Episode
from kpi_service.domain.backtest.tally import Tally
from kpi_service.domain.backtest.windows import Marking

MOST_WINDOWS = 1_000


def _naive_is_utc(value: object) -> object:
    """Recorded windows often come without an offset: theirs is UTC."""
    if isinstance(value, str):
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            return value
        if moment.tzinfo is None:
            return moment.replace(tzinfo=UTC)
    return value


WindowInstant = Annotated[Instant, BeforeValidator(_naive_is_utc)]
WindowPair = tuple[WindowInstant, WindowInstant]
WindowList = Annotated[list[WindowPair], Field(max_length=MOST_WINDOWS)]


class ProposedPolicy(RequestModel):
    """As for setting one, but for the time it would hold from: it is tried on the whole stretch.

    By period, those are judged that end in the stretch, each with all of its readings.
    """

    evaluate: Literal["reading", "period"] = "reading"
    period: Period | None = None
    rules: list[RuleRequest] = Field(max_length=4)
    no_data_after: str | None = Field(default=None, max_length=40)
    on_no_data: OnNoData = "keep"


class BacktestRequest(RequestModel):
    """`windows` are `[start, end]` pairs in which something was wrong, both included; instants
    without an offset are UTC. A file that gives them by the name of one series is taken as it is.
    """

    model_config = exemplified(analysis.BACKTEST)

    policy: ProposedPolicy
    since: Instant = Field(alias="from")
    before: Instant = Field(alias="to")
    windows: WindowList | dict[str, WindowList] | None = None
    known_at: Instant | None = None


class RehearsedSeverity(ResponseModel):
    severity: Severity
    observed_at: Instant


class RehearsedBreach(ResponseModel):
    """A breach that would have been. `opened_at` is the first reading that led to it,
    `triggered_at` the one that opened it; `recovered_at` is null where it was open at the end.

    `seconds` run from its trigger to its end; `in_window` is null without windows.
    """

    severity: Severity
    opened_at: Instant
    triggered_at: Instant
    recovered_at: Instant | None
    recovered_by: Literal["value", "silence"] | None
    seconds: int
    value: Number
    rule: ThresholdRule
    severities: list[RehearsedSeverity]
    in_window: bool | None


class RehearsedSilence(ResponseModel):
    """Nothing came after `since`, so that by `noticed_at` it was too long; alerted if the policy
    asks for it.
    """

    since: Instant
    noticed_at: Instant
    resumed_at: Instant | None
    alerted: bool


class WindowVerdict(ResponseModel):
    """`delay_seconds` are from the window's start to the first breach's trigger, 0 if it was open
    already, null if there was none.
    """

    starts_at: Instant
    ends_at: Instant
    hit: bool
    breaches: int
    delay_seconds: int | None


class Detection(ResponseModel):
    """`precision` is the share of breaches in a window, `recall` that of windows with a breach."""

    hits: int
    misses: int
    false_alarms: int
    precision: Number | None
    recall: Number | None
    windows: list[WindowVerdict]


class RehearsalResponse(ResponseModel):
    """`breaches` counts all, by their gravest severity beside it; the first 500 are `items`."""

    breaches: int
    warning: int
    critical: int
    seconds_in_warning: int
    seconds_in_critical: int
    items: list[RehearsedBreach]
    silences: int
    silent: list[RehearsedSilence]
    detection: Detection | None


class BacktestResponse(ResponseModel):
    """`current` is what the policies in force say over the same readings, each for its time.

    Both begin with no breach open: what began before `from` is not seen.
    """

    model_config = exemplified(analysis.BACKTESTED)

    since: Instant = Field(serialization_alias="from")
    before: Instant = Field(serialization_alias="to")
    known_at: Instant | None
    readings: int
    proposed: RehearsalResponse
    current: RehearsalResponse


def backtest_response(stretch: Stretch, backtested: Backtested) -> BacktestResponse:
    return BacktestResponse(
        since=stretch.since,
        before=stretch.before,
        known_at=stretch.known_at,
        readings=backtested.readings,
        proposed=rehearsal_response(backtested.proposed),
        current=rehearsal_response(backtested.current),
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
