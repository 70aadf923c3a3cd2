from __future__ import annotations

from uuid import UUID

from helmlog_events.contracts.kpi import Direction
from helmlog_events.values import Instant, Number
from helmlog_web.schemas import ResponseModel
from pydantic import Field

from kpi_service.domain.health import Health


class KPINodeResponse(ResponseModel):
    """A KPI in a tree; one that comes after another and lies deeper is a part of it."""

    id: UUID
    slug: str
    name: str
    parent_id: UUID | None
    depth: int = Field(description="0 for the KPI that was asked for.")
    parts: int = Field(description="How many lie right below it.")
    unit: str
    direction: Direction
    value: Number | None
    observed_at: Instant | None
    target: Number | None
    achievement: Number | None
    health: Health
    is_retired: bool
