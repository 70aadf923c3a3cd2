from __future__ import annotations

from datetime import date
from uuid import UUID

from helmlog_events.contracts.okr import CycleKind
from helmlog_web.schemas import RequestModel, ResponseModel
from helmlog_web.text import Reason, Title
from pydantic import Field

from okr_service.domain.cycle.state import Cycle, CycleStateName, state_name


class CycleRequest(RequestModel):
    name: Title
    kind: CycleKind
    starts_on: date
    ends_on: date = Field(description="Inclusive, in the cycle's timezone.")
    timezone: str = Field(default="UTC", max_length=64, description="An IANA name.")


class ReopenRequest(RequestModel):
    reason: Reason


class CycleResponse(ResponseModel):
    id: UUID
    name: str
    kind: CycleKind
    state: CycleStateName
    starts_on: date
    ends_on: date
    timezone: str
    reopened: bool = Field(description="Whether it was ever closed and reopened.")
    version: int


def cycle_response(cycle: Cycle, version: int) -> CycleResponse:
    facts = cycle.facts
    return CycleResponse(
        id=facts.cycle_id,
        name=facts.name,
        kind=facts.kind,
        state=state_name(cycle),
        starts_on=facts.course.starts_on,
        ends_on=facts.course.ends_on,
        timezone=facts.course.timezone,
        reopened=facts.reopened,
        version=version,
    )
