from __future__ import annotations

from typing import Any
from uuid import UUID

from helmlog_events.contracts.okr import CheckInRecorded, StatusOverride
from helmlog_events.values import Instant, Number
from helmlog_web.schemas import RequestModel, ResponseModel
from helmlog_web.text import Paragraph, Reason, Title
from pydantic import Field, StrictInt

from okr_service.api.schemas.key_results import KeyResultResponse


class CheckInRequest(RequestModel):
    """Says a value, milestones done, or just words, confidence or a status."""

    value: Number | None = None
    done: tuple[Title, ...] | None = Field(
        default=None, max_length=100, description="The milestones reached so far, by name."
    )
    confidence: StrictInt | None = Field(default=None, description="0 to 10.")
    narrative: Paragraph | None = None
    status: StatusOverride | None = Field(
        default=None, description="The owner's own judgement, until the next check-in."
    )
    status_reason: Reason | None = None
    correction_reason: Reason | None = Field(
        default=None,
        description="Needed for a correction, and for a value where a KPI moves the key result.",
    )
    corrects: UUID | None = Field(
        default=None, description="The check-in it stands in for, at the same `observed_at`."
    )
    observed_at: Instant | None = Field(
        default=None, description="When it was true, within the cycle; now, if left out."
    )
    late_correction: bool = Field(
        default=False, description="Needed where the cycle is closed, and only there."
    )


class AcknowledgeRequest(RequestModel):
    note: Paragraph | None = None


class TargetsResponse(ResponseModel):
    """What it was measured against at its moment."""

    baseline: Number | None
    target: Number | None
    lower: Number | None
    upper: Number | None
    commit: Number | None
    stretch: Number | None


class CheckInResponse(ResponseModel):
    id: UUID
    key_result_id: UUID
    value: Number | None
    done: list[str]
    confidence: int | None
    narrative: str | None
    status: StatusOverride | None
    status_reason: str | None
    correction_reason: str | None
    corrects: UUID | None
    targets: TargetsResponse | None = Field(description="Null where an old event did not say.")
    observed_at: Instant
    after_reopening: bool
    late_correction: bool


class RecordedCheckInResponse(CheckInResponse):
    version: int = Field(description="Of the key result, after the check-in.")
    key_result: KeyResultResponse


class AcknowledgementResponse(ResponseModel):
    actor: str
    at: Instant
    note: str | None


class ListedCheckInResponse(CheckInResponse):
    actor: str
    recorded_at: Instant
    acknowledged: AcknowledgementResponse | None
    corrected_by: UUID | None


class AcknowledgedResponse(ResponseModel):
    check_in_id: UUID
    key_result: KeyResultResponse


def check_in_fields(event: CheckInRecorded) -> dict[str, Any]:
    targets = event.targets
    return {
        "id": event.check_in_id,
        "key_result_id": event.key_result_id,
        "value": event.value,
        "done": [*(event.done or ())],
        "confidence": event.confidence,
        "narrative": event.narrative,
        "status": event.status,
        "status_reason": event.status_reason,
        "correction_reason": event.correction_reason,
        "corrects": event.corrects,
        "targets": None if targets is None else TargetsResponse(**dict(targets)),
        "observed_at": event.observed_at,
        "after_reopening": event.after_reopening,
        "late_correction": event.late_correction,
    }
