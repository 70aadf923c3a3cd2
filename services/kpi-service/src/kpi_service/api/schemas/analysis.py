"""Bodies of backtests, suggestions and forecasts."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Literal

from helmlog_events.contracts.kpi import OnNoData, Period, Severity, ThresholdRule
from helmlog_events.values import Instant, Number
from helmlog_web.schemas import RequestModel, ResponseModel, exemplified
from pydantic import BeforeValidator, Field

from kpi_service.api.examples import analysis
from kpi_service.api.schemas import RuleRequest

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


class StepResponse(IntervalResponse):
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
    steps: list[StepResponse]
    outcomes: list[OutcomeResponse]
    trial: TrialResponse | None
