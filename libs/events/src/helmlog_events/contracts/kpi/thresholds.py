"""Thresholds: policies, breaches, silence of the source, and what people do about them."""

from __future__ import annotations

from typing import Any, Literal
from uuid import UUID

from helmlog_events.contracts.event import REGISTRY, Event, Part, event
from helmlog_events.contracts.kpi.definitions import Period
from helmlog_events.values import Instant, Number

Severity = Literal["warning", "critical"]
OnNoData = Literal["alert", "keep", "ok"]


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


@event("ThresholdPolicySet", version=2)
class ThresholdPolicySet(Event):
    """Holds for what is observed from `effective_from` on, until a later policy.

    What is judged is each reading, or the value of each `period` at its end. Silence longer than
    `no_data_after` is announced (`alert`), changes nothing (`keep`), or ends a breach (`ok`).
    """

    kpi_id: UUID
    effective_from: Instant
    evaluate: Literal["reading", "period"]
    period: Period | None = None
    rules: tuple[ThresholdRule, ...]
    no_data_after: str | None = None
    on_no_data: OnNoData = "keep"


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


@event("KPIThresholdRecovered", version=2)
class KPIThresholdRecovered(Event):
    """`readings` counts those from the first that led to the breach up to the one that ended it,
    which is `value` at `observed_at` and not counted.

    `cause` is `silence` where the policy takes no data for good, without a value; `observed_at` is
    then when the source had been silent for too long.
    """

    breach_id: UUID
    kpi_id: UUID
    severity: Severity
    value: Number | None
    observed_at: Instant
    readings: int
    cause: Literal["value", "silence"] = "value"


class SeverityChange(Part):
    """From `observed_at` on, by `value`."""

    severity: Severity
    value: Number
    observed_at: Instant


class BreachEpisode(Part):
    """A breach from its opening to its end, as its events tell it.

    `opened_at` is the first of the readings that led to it; the first of `severities` is what
    triggered it by `rule`, after `trigger_readings` of them. `readings`, `value` and
    `recovered_at` stand once it is over; `value` is none where silence ended it.
    """

    opened_at: Instant
    rule: ThresholdRule
    trigger_readings: int
    severities: tuple[SeverityChange, ...]
    recovered_at: Instant | None = None
    value: Number | None = None
    readings: int | None = None


@event("KPIBreachRevised")
class KPIBreachRevised(Event):
    """Late or corrected readings changed an announced breach: `before` is what was told of it.

    `after` is none where there was no breach after all, or where it is part of `merged_into`.
    True since the earliest instant at which the two differ.
    """

    breach_id: UUID
    kpi_id: UUID
    before: BreachEpisode
    after: BreachEpisode | None
    merged_into: UUID | None = None


@event("KPINoData")
class KPINoData(Event):
    """For longer than the policy's `no_data_after` nothing came after `last_observed_at`.

    None where nothing has ever come: then since the policy held and was set.
    """

    silence_id: UUID
    kpi_id: UUID
    last_observed_at: Instant | None
    no_data_after: str


@event("KPIDataResumed")
class KPIDataResumed(Event):
    """The silence is over: `value` was observed, or the policy or the KPI holds no more."""

    silence_id: UUID
    kpi_id: UUID
    observed_at: Instant | None
    value: Number | None
    cause: Literal["reading", "policy", "retired"] = "reading"


@event("KPIThresholdAcknowledged")
class KPIThresholdAcknowledged(Event):
    """Somebody has seen the breach, or the silence of `breach_id`, and takes care of it."""

    breach_id: UUID
    kpi_id: UUID
    note: str | None = None


@event("KPIBreachSilenced")
class KPIBreachSilenced(Event):
    """Nobody needs to be told of it before `until`; what happens is recorded all the same."""

    breach_id: UUID
    kpi_id: UUID
    until: Instant
    reason: str


@event("KPIBreachUnsilenced")
class KPIBreachUnsilenced(Event):
    breach_id: UUID
    kpi_id: UUID


@event("KPIBreachAnnotated")
class KPIBreachAnnotated(Event):
    """What it came from and what is done about it; what is none stays as it was said before."""

    breach_id: UUID
    kpi_id: UUID
    cause: str | None = None
    corrective_action: str | None = None


@REGISTRY.upcast("ThresholdPolicySet", 1)
@REGISTRY.upcast("KPIThresholdRecovered", 1)
def _lacked_what_has_a_default(data: dict[str, Any]) -> dict[str, Any]:
    return data
