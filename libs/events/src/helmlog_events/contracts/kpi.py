"""What kpi-service says."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from helmlog_events.contracts.event import Event, Part, event
from helmlog_events.values import Instant, Number

Direction = Literal["up", "down", "within"]
KPIType = Literal["financial", "operational", "strategic"]
KPILevel = Literal["company", "department", "project"]
Aggregation = Literal["last", "sum", "mean", "min", "max", "count"]
Severity = Literal["warning", "critical"]


@event("KPIDefined")
class KPIDefined(Event):
    """`cadence` is an ISO 8601 duration; `timezone` an IANA name."""

    kpi_id: UUID
    slug: str
    name: str
    definition: str | None = None
    unit: str
    direction: Direction
    type: KPIType
    level: KPILevel
    cadence: str
    aggregation: Aggregation
    timezone: str
    owner: str | None = None
    key: bool = False


@event("KPIRevised")
class KPIRevised(Event):
    """Only what changed is set, and named in `changed`."""

    kpi_id: UUID
    changed: tuple[str, ...]
    name: str | None = None
    definition: str | None = None
    unit: str | None = None
    owner: str | None = None
    key: bool | None = None


class ThresholdRule(Part):
    """Breached while the value is `when` the bound, for `for_readings` in a row or `for_duration`.

    `recover` is the bound on the good side that ends the breach (hysteresis). Bounds themselves are
    still good: "below 5000" is breached at 4999, not at 5000.
    """

    severity: Severity
    when: Literal["above", "below"]
    value: Number
    recover: Number
    for_readings: int = 1
    for_duration: str | None = None


@event("ThresholdPolicySet")
class ThresholdPolicySet(Event):
    """Holds for readings observed from `effective_from` on, until a later policy."""

    kpi_id: UUID
    effective_from: Instant
    evaluate: Literal["reading"]
    rules: tuple[ThresholdRule, ...]
    no_data_after: str | None = None
    on_no_data: Literal["alert", "keep", "ok"] = "keep"


@event("KPITargetSet")
class KPITargetSet(Event):
    kpi_id: UUID
    effective_from: Instant
    target: Number


@event("ReadingsIngested")
class ReadingsIngested(Event):
    """A batch of new readings of one tenant, kept in the readings table under `batch_id`.

    `count` includes the `corrected` ones. `digest` is SHA-256, in hex, over the batch's rows, each
    a line `["<kpi_id>","<source>","<observed_at>","<value>",<revision>]` of JSON without spaces
    and a line feed: the instant in UTC with `Z` and its six decimals only if they are not all
    zero, the value in positional notation with the digits as stored; ordered by kpi_id and source
    by code point, observed_at, revision.
    """

    batch_id: UUID
    kpi_ids: tuple[UUID, ...]
    count: int
    corrected: int
    first_observed_at: Instant
    last_observed_at: Instant
    digest: str


@event("KPIValueChanged")
class KPIValueChanged(Event):
    """The current value: that of the newest instant observed, at most once a KPI and window.

    Also said when a newer reading has the same value, for then it is known to be so still; and at
    once, whatever the window, when a breach opens, changes or ends.
    """

    kpi_id: UUID
    value: Number
    observed_at: Instant


@event("KPIValueCorrected")
class KPIValueCorrected(Event):
    """Another value for an instant already known; both are kept."""

    kpi_id: UUID
    observed_at: Instant
    source: str
    previous: Number
    value: Number


@event("KPIThresholdBreached")
class KPIThresholdBreached(Event):
    """`opened_at` is the first of the `readings` that led to it, `observed_at` the last."""

    breach_id: UUID
    kpi_id: UUID
    severity: Severity
    rule: ThresholdRule
    value: Number
    opened_at: Instant
    observed_at: Instant
    readings: int


@event("KPIThresholdEscalated")
class KPIThresholdEscalated(Event):
    """The severity of an open breach changed, either way."""

    breach_id: UUID
    kpi_id: UUID
    severity: Severity
    previous: Severity
    value: Number
    observed_at: Instant


@event("KPIThresholdRecovered")
class KPIThresholdRecovered(Event):
    """`readings` counts those from the first that led to the breach up to the one that ended it,
    which is `value` at `observed_at` and not counted.
    """

    breach_id: UUID
    kpi_id: UUID
    severity: Severity
    value: Number
    observed_at: Instant
    readings: int
