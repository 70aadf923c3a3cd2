from __future__ import annotations

from typing import Literal, Self
from uuid import UUID

from helmlog_events.contracts.kpi import Aggregation, Direction, KPILevel, KPIType
from helmlog_events.values import Instant, Number
from helmlog_web.schemas import RequestModel, ResponseModel
from helmlog_web.text import Name, Paragraph, Slug, Title
from pydantic import Field, model_validator

from kpi_service.api.schemas.policies import ThresholdPolicyResponse
from kpi_service.api.schemas.targets import TargetResponse
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
