from __future__ import annotations

from helmlog_events.contracts.kpi import Period, Purpose
from helmlog_events.values import Instant, Number
from helmlog_web.schemas import RequestModel, ResponseModel
from helmlog_web.text import Title
from pydantic import Field

from kpi_service.domain.kpi.state import Target

_PERIOD = "Whose value is meant; none is the current one."


class SetTargetRequest(RequestModel):
    """With `upper` it is a band, for what should stay within."""

    effective_from: Instant
    target: Number
    upper: Number | None = None
    inclusive: bool = Field(default=True, description="Whether the bound itself is reached.")
    period: Period | None = Field(default=None, description=_PERIOD)
    purpose: Purpose = "target"
    phrase: Title | None = Field(default=None, description="The target as people wrote it.")


class WithdrawTargetRequest(RequestModel):
    """From `effective_from` on, which is now if left out, there is none until a later one."""

    effective_from: Instant | None = None
    period: Period | None = Field(default=None, description=_PERIOD)
    purpose: Purpose = "target"


class TargetResponse(ResponseModel):
    effective_from: Instant
    target: Number
    upper: Number | None
    inclusive: bool
    period: Period | None = Field(description=_PERIOD)
    purpose: Purpose
    phrase: str | None


class TargetStepResponse(ResponseModel):
    """One step of a history: it holds until the next of its period and purpose begins."""

    effective_from: Instant
    effective_until: Instant | None
    target: Number | None = Field(description="None: it was withdrawn.")
    upper: Number | None
    inclusive: bool
    period: Period | None = Field(description=_PERIOD)
    purpose: Purpose
    phrase: str | None
    holds: bool = Field(description="At `valid_at`, now if that is not given.")


class TargetHistoryResponse(ResponseModel):
    items: list[TargetStepResponse]


def target_response(target: Target) -> TargetResponse:
    return TargetResponse.model_validate(target, from_attributes=True)
