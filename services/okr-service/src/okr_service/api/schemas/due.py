from __future__ import annotations

from datetime import datetime
from uuid import UUID

from helmlog_events.values import Instant
from helmlog_web.schemas import ResponseModel
from pydantic import Field

from okr_service.readmodel.due import OwedCheckIn


class DueCheckInResponse(ResponseModel):
    key_result_id: UUID
    key_result: str
    objective_id: UUID
    objective: str
    cycle_id: UUID
    cycle: str
    owner: str | None = Field(description="Of the key result, or else of its objective.")
    team: str | None
    kpi_id: UUID | None = Field(description="The KPI that should have moved it.")
    due_at: Instant
    overdue: bool
    overdue_days: int = Field(description="Whole days since it was due; 0 if it is not yet.")
    last_heard_at: Instant | None


def due_check_in_response(owed: OwedCheckIn, moment: datetime) -> DueCheckInResponse:
    facts, objective = owed.sheet.facts, owed.objective.facts
    due_at = owed.due.due_at
    return DueCheckInResponse(
        key_result_id=facts.key_result_id,
        key_result=facts.definition.title,
        objective_id=objective.objective_id,
        objective=objective.definition.title,
        cycle_id=owed.cycle.facts.cycle_id,
        cycle=owed.cycle.facts.name,
        owner=owed.owner,
        team=objective.definition.team,
        kpi_id=facts.definition.kpi_id,
        due_at=due_at,
        overdue=due_at <= moment,
        overdue_days=max((moment - due_at).days, 0),
        last_heard_at=owed.due.last_heard_at,
    )
