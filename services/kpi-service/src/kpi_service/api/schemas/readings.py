from __future__ import annotations

from typing import Any

from helmlog_events.values import Instant, Number
from helmlog_web.schemas import ResponseModel, exemplified
from pydantic import Field

from kpi_service.api.examples import readings


class RejectedRow(ResponseModel):
    row: int = Field(ge=1, description="From 1; without the header and without empty lines.")
    reason: str


class ReadingsResponse(ResponseModel):
    """Each row is counted once; `row` counts from 1, without a header and without empty lines.

    `rejected` names the first 1,000 of the `rejected_total`.
    """

    model_config = exemplified(readings.TAKEN_IN)

    accepted: int
    duplicates: int
    corrected: int
    rejected_total: int
    rejected: list[RejectedRow]


class ReadingResponse(ResponseModel):
    """`revision` is 1, and one more with each correction of the same instant and source."""

    observed_at: Instant
    value: Number | None = Field(description="Null where a formula's value was withdrawn.")
    source: str
    revision: int
    received_at: Instant
    id: str | None


def reading_response(row: Any) -> ReadingResponse:
    return ReadingResponse(
        observed_at=row.observed_at,
        value=row.value,
        source=row.source,
        revision=row.revision,
        received_at=row.received_at,
        id=row.external_id,
    )
