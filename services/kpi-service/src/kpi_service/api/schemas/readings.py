from __future__ import annotations

from helmlog_events.values import Instant, Number
from helmlog_web.schemas import ResponseModel


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
