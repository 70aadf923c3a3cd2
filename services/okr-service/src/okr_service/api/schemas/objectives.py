from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID

from helmlog_events.contracts.okr import (
    ObjectiveDefinition,
    ObjectiveKind,
    ObjectiveLevel,
    ObjectiveOrigin,
    ObjectiveOutcome,
    Status,
    StatusRule,
)
from helmlog_events.values import Instant, Number
from helmlog_web.schemas import RequestModel, ResponseModel
from helmlog_web.text import Name, Paragraph, Reason, Title
from pydantic import Field

from okr_service.api.schemas.advice import AdviceResponse, advice_responses
from okr_service.api.schemas.cycles import CycleResponse, cycle_response
from okr_service.api.schemas.key_results import KeyResultResponse, key_result_response
from okr_service.domain.cycle.state import Cycle
from okr_service.domain.guidance import Advice, advise_on_objective
from okr_service.domain.objective.state import (
    Active,
    Closed,
    Declined,
    Objective,
    ObjectiveStateName,
    state_name,
)
from okr_service.domain.sheet import ObjectiveSheet, objective_standing


class ObjectiveRequest(RequestModel):
    cycle_id: UUID
    title: Title
    why: Paragraph = Field(default="", description="The mission, value or strategy it serves.")
    kind: ObjectiveKind
    level: ObjectiveLevel
    origin: ObjectiveOrigin = Field(
        default="proposed", description="Assigned from above, or proposed from below."
    )
    team: Name | None = None
    owner: Name | None = None

    def definition(self) -> ObjectiveDefinition:
        return ObjectiveDefinition(
            title=self.title,
            why=self.why,
            kind=self.kind,
            level=self.level,
            team=self.team,
            owner=self.owner,
        )


class DeclineRequest(RequestModel):
    reason: Reason


class CloseObjectiveRequest(RequestModel):
    outcome: Literal["achieved", "missed", "cancelled"]
    reason: Reason | None = None


class ObjectiveResponse(ResponseModel):
    id: UUID
    cycle_id: UUID
    title: str
    why: str
    kind: ObjectiveKind
    level: ObjectiveLevel
    origin: ObjectiveOrigin
    team: str | None
    owner: str | None
    state: ObjectiveStateName
    outcome: ObjectiveOutcome | None
    reason: str | None = Field(description="Why it was declined or closed as it was.")
    grade: Number | None
    progress: Number | None = Field(description="Weighted mean of what is measured, 0..1.")
    expected_progress: Number
    status: Status
    status_rule: StatusRule
    key_results: list[KeyResultResponse]
    warnings: list[AdviceResponse]
    version: int


class BoardResponse(ResponseModel):
    """The cycle as it was true at `valid_at` and known at `known_at`."""

    cycle: CycleResponse
    valid_at: Instant | None
    known_at: Instant | None
    objectives: list[ObjectiveResponse]


def objective_response(
    sheet: ObjectiveSheet, cycle: Cycle, moment: datetime, advice: Sequence[Advice] = ()
) -> ObjectiveResponse:
    objective = sheet.objective
    facts = objective.facts
    definition = facts.definition
    standing = objective_standing(sheet, cycle, moment)
    own_advice = advise_on_objective(
        len(sheet.key_results), accepted=isinstance(objective, Active | Closed)
    )
    return ObjectiveResponse(
        id=facts.objective_id,
        cycle_id=facts.cycle_id,
        title=definition.title,
        why=definition.why,
        kind=definition.kind,
        level=definition.level,
        origin=facts.origin,
        team=definition.team,
        owner=definition.owner,
        state=state_name(objective),
        outcome=objective.outcome if isinstance(objective, Closed) else None,
        reason=_reason(objective),
        grade=objective.grade if isinstance(objective, Closed) else None,
        progress=standing.progress,
        expected_progress=standing.expected_progress,
        status=standing.status,
        status_rule=standing.status_rule,
        key_results=[
            key_result_response(part, objective, cycle, moment) for part in sheet.key_results
        ],
        warnings=advice_responses([*advice, *own_advice]),
        version=sheet.version,
    )


def board_response(
    cycle: Cycle,
    version: int,
    sheets: Sequence[ObjectiveSheet],
    *,
    moment: datetime,
    valid_at: datetime | None,
    known_at: datetime | None,
) -> BoardResponse:
    return BoardResponse(
        cycle=cycle_response(cycle, version),
        valid_at=valid_at,
        known_at=known_at,
        objectives=[objective_response(sheet, cycle, moment) for sheet in sheets],
    )


def _reason(objective: Objective) -> str | None:
    return objective.reason if isinstance(objective, Closed | Declined) else None
