"""Bodies, in and out."""

from __future__ import annotations

from typing import Literal, Self
from uuid import UUID

from helmlog_events.contracts.kpi import (
    Aggregation,
    Direction,
    KPILevel,
    KPIType,
    Severity,
    ThresholdRule,
)
from helmlog_events.values import Instant, Number
from helmlog_web.schemas import RequestModel, ResponseModel
from helmlog_web.text import Name, Paragraph, Slug, Title
from pydantic import Field, model_validator

from kpi_service.domain.health import Health
from kpi_service.domain.threshold.state import StateName


class DefineKPIRequest(RequestModel):
    """`cadence` is an ISO 8601 duration, `timezone` an IANA name."""

    slug: Slug
    name: Title
    definition: Paragraph | None = None
    unit: Name
    direction: Direction
    type: KPIType = "operational"
    level: KPILevel = "company"
    cadence: str = Field(max_length=40)
    aggregation: Aggregation = "last"
    timezone: str = Field(default="UTC", max_length=100)
    owner: Name | None = None
    key: bool = False


class ReviseKPIRequest(RequestModel):
    """Fields that are left out stay as they are; `definition` and `owner` may be set to null."""

    name: Title | None = None
    definition: Paragraph | None = None
    unit: Name | None = None
    owner: Name | None = None
    key: bool | None = None

    @model_validator(mode="after")
    def _nothing_needed_is_emptied(self) -> Self:
        for field in ("name", "unit", "key"):
            if field in self.model_fields_set and getattr(self, field) is None:
                raise ValueError(f"{field} can be left out, but not be null")
        return self


class SetTargetRequest(RequestModel):
    effective_from: Instant
    target: Number


class RuleRequest(RequestModel):
    """Without `recover`, the bound itself ends the breach."""

    severity: Severity
    when: Literal["above", "below"]
    value: Number
    recover: Number | None = None
    for_readings: int = Field(default=1, ge=1, le=10_000)
    for_duration: str | None = Field(default=None, max_length=40)

    def to_rule(self) -> ThresholdRule:
        recover = self.value if self.recover is None else self.recover
        return ThresholdRule(**{**self.model_dump(), "recover": recover})


class SetThresholdPolicyRequest(RequestModel):
    """Holds for readings observed from `effective_from` on; those already judged by another policy
    are judged again, and what that changes in breaches is told.
    """

    effective_from: Instant
    evaluate: Literal["reading"] = "reading"
    rules: list[RuleRequest] = Field(max_length=4)
    no_data_after: str | None = Field(default=None, max_length=40)
    on_no_data: Literal["alert", "keep", "ok"] = "keep"


class TargetResponse(ResponseModel):
    effective_from: Instant
    target: Number


class ThresholdPolicyResponse(ResponseModel):
    effective_from: Instant
    evaluate: Literal["reading"]
    rules: list[ThresholdRule]
    no_data_after: str | None
    on_no_data: Literal["alert", "keep", "ok"]


class KPIResponse(ResponseModel):
    """`health`: no data first, then the open breach, then the target; without one, not judged."""

    id: UUID
    slug: str
    name: str
    definition: str | None
    unit: str
    direction: Direction
    type: KPIType
    level: KPILevel
    cadence: str
    aggregation: Aggregation
    timezone: str
    owner: str | None
    key: bool
    value: Number | None
    observed_at: Instant | None
    target: Number | None
    health: Health
    threshold_state: StateName | Literal["no_data"]
    threshold_policy: ThresholdPolicyResponse | None
    targets: list[TargetResponse]
    version: int


class RejectedRow(ResponseModel):
    row: int
    reason: str


class ReadingsResponse(ResponseModel):
    """Each row is counted once; `row` counts from 0, without a header and without empty lines."""

    accepted: int
    duplicates: int
    corrected: int
    rejected: list[RejectedRow]


class ReadingResponse(ResponseModel):
    """`revision` is 1, and one more with each correction of the same instant and source."""

    observed_at: Instant
    value: Number
    source: str
    revision: int
    received_at: Instant
    id: str | None


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
