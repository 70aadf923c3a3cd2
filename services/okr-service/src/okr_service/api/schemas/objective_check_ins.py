from __future__ import annotations

from typing import Any
from uuid import UUID

from helmlog_events.contracts.okr import ObjectiveCheckInRecorded, StatusOverride
from helmlog_events.values import Instant
from helmlog_web.schemas import RequestModel, ResponseModel
from helmlog_web.text import Paragraph, Reason
from pydantic import Field, StrictInt

from okr_service.api.schemas.objectives import ObjectiveResponse


class ObjectiveCheckInRequest(RequestModel):
    confidence: StrictInt | None = Field(default=None, description="0 to 10.")
    narrative: Paragraph | None = None
    status: StatusOverride | None = Field(
        default=None, description="The owner's own judgement, until the next check-in."
    )
    status_reason: Reason | None = None
    observed_at: Instant | None = Field(
        default=None, description="When it was true, within the cycle; now, if left out."
    )


class ObjectiveCheckInResponse(ResponseModel):
    id: UUID
    objective_id: UUID
    confidence: int | None
    narrative: str | None
    status: StatusOverride | None
    status_reason: str | None
    observed_at: Instant
    after_reopening: bool


class RecordedObjectiveCheckInResponse(ObjectiveCheckInResponse):
    version: int = Field(description="Of the objective, after the check-in.")
    objective: ObjectiveResponse


class ListedObjectiveCheckInResponse(ObjectiveCheckInResponse):
    actor: str
    recorded_at: Instant


def objective_check_in_fields(event: ObjectiveCheckInRecorded) -> dict[str, Any]:
    return {
        "id": event.check_in_id,
        "objective_id": event.objective_id,
        "confidence": event.confidence,
        "narrative": event.narrative,
        "status": event.status,
        "status_reason": event.status_reason,
        "observed_at": event.observed_at,
        "after_reopening": event.after_reopening,
    }
