from __future__ import annotations

from typing import Literal

from helmlog_events.contracts.kpi import Period, Severity, ThresholdRule
from helmlog_events.values import Instant, Number
from helmlog_web.schemas import RequestModel, ResponseModel, exemplified
from pydantic import Field

from kpi_service.api.examples import definitions


class RuleRequest(RequestModel):
    """Without `recover`, the bound itself ends the breach.

    `for_readings` counts what is judged: readings, or periods that have a value ("3 days in a
    row"). `for_duration` is time from the first bad one to the last, for periods between their
    ends.
    """

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
    """Holds for what is observed from `effective_from` on; what was judged already by another
    policy is judged again, and what that changes in breaches is told.

    With `evaluate` "reading" each reading is judged. With "period" it is the value of each
    `period`, in the KPI's timezone and by its aggregation, for a counter its rise: at the end of
    the period, by the policy that holds then, once a later reading was observed or the clock has
    passed the end. A period without readings has no value and is not judged, nor is the one that
    runs. Late, corrected and withdrawn readings change the value of their period, which is then
    judged again. `no_data_after` is about readings: where `on_no_data` is "ok", a breach ends when
    none came for so long after the last period that was judged.
    """

    model_config = exemplified(definitions.POLICY)

    effective_from: Instant
    evaluate: Literal["reading", "period"] = "reading"
    period: Period | None = None
    rules: list[RuleRequest] = Field(max_length=4)
    no_data_after: str | None = Field(default=None, max_length=40)
    on_no_data: Literal["alert", "keep", "ok"] = "keep"


class ThresholdPolicyResponse(ResponseModel):
    effective_from: Instant
    evaluate: Literal["reading", "period"]
    period: Period | None
    rules: list[ThresholdRule]
    no_data_after: str | None
    on_no_data: Literal["alert", "keep", "ok"]
