from __future__ import annotations

from typing import Literal

from helmlog_events.contracts.kpi import Severity, ThresholdRule
from helmlog_events.values import Instant, Number
from helmlog_web.schemas import RequestModel, ResponseModel
from pydantic import Field


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


class ThresholdPolicyResponse(ResponseModel):
    effective_from: Instant
    evaluate: Literal["reading"]
    rules: list[ThresholdRule]
    no_data_after: str | None
    on_no_data: Literal["alert", "keep", "ok"]
