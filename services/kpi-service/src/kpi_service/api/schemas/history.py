from __future__ import annotations

from typing import Any

from helmlog_events.values import Instant
from helmlog_web.schemas import ResponseModel
from pydantic import Field


class ChangeResponse(ResponseModel):
    """From `old` to `new`, as JSON; null is where there was or is nothing."""

    field: str = Field(
        description="A field of the definition; `measured`, `formula`, `threshold_policy`; `target`"
        " or `budget`, and by which period, as in `target by month`."
    )
    old: Any
    new: Any


class HistoryEntryResponse(ResponseModel):
    """`seq` is its place in the log, `version` that in the KPI's own history."""

    seq: int
    version: int
    type: str
    occurred_at: Instant = Field(description="When it became true.")
    recorded_at: Instant = Field(description="When it was learned.")
    actor: str
    reason: str | None = Field(description="Of a retirement or a revival.")
    changes: list[ChangeResponse]
