from __future__ import annotations

from uuid import UUID

from helmlog_events.contracts.kpi import Severity, ThresholdRule
from helmlog_events.values import Instant, Number
from helmlog_web.schemas import ResponseModel


class TriggerResponse(ResponseModel):
    """The rule that opened the breach, and the reading that did."""

    rule: ThresholdRule
    value: Number
    observed_at: Instant


class BreachResponse(ResponseModel):
    """`readings` counts those that opened it, and once it has recovered all of them."""

    id: UUID
    kpi_id: UUID
    severity: Severity
    opened_at: Instant
    recovered_at: Instant | None
    trigger: TriggerResponse
    readings: int
