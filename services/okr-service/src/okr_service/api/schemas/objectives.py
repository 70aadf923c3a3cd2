from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from helmlog_events.contracts.nodes import Node, NodeType
from helmlog_events.contracts.okr import (
    Descent,
    ObjectiveKind,
    ObjectiveLevel,
    ObjectiveOrigin,
    ObjectiveOutcome,
    Status,
    StatusRule,
)
from helmlog_events.values import Instant, Number
from helmlog_web.schemas import ResponseModel
from pydantic import Field

from okr_service.api.schemas.advice import AdviceResponse, advice_responses
from okr_service.api.schemas.cycles import CycleResponse
from okr_service.api.schemas.initiatives import KeyResultWorkResponse
from okr_service.api.schemas.key_results import (
    NAMED,
    KeyResultResponse,
    key_result_response,
)
from okr_service.domain.cycle.state import Cycle
from okr_service.domain.grades import Band, band_of
from okr_service.domain.guidance import (
    Advice,
    advise_on_objective,
    advise_on_objective_wording,
)
from okr_service.domain.objective.outcome import final_grade, suggest_objective_grade
from okr_service.domain.objective.state import (
    Active,
    Closed,
    Declined,
    Objective,
    ObjectiveStateName,
    state_name,
)
from okr_service.domain.organisation.state import NOBODY, Organisation
from okr_service.domain.sheet import ObjectiveSheet, objective_standing


class NodeResponse(ResponseModel):
    type: NodeType
    id: UUID


class DerivedFromResponse(ResponseModel):
    """Where it was copied from: an objective of another cycle, or a template by its slug."""

    descent: Descent
    id: UUID | None
    cycle_id: UUID | None
    template: str | None


class ObjectiveResponse(ResponseModel):
    id: UUID
    cycle_id: UUID
    title: str
    why: str
    kind: ObjectiveKind
    level: ObjectiveLevel
    origin: ObjectiveOrigin
    team: str | None
    team_name: str | None = Field(description=NAMED)
    owner: str | None
    owner_name: str | None = Field(description=NAMED)
    serves: list[str]
    cadence_days: int | None
    contributes_to: NodeResponse | None
    derived_from: DerivedFromResponse | None
    carried_to: UUID | None = Field(description="The objective that goes on with it.")
    external_key: str | None
    state: ObjectiveStateName
    outcome: ObjectiveOutcome | None
    reason: str | None = Field(description="Why it was declined or closed as it was.")
    grade: Number | None
    suggested_grade: Number | None = Field(
        description="Weighted mean of its key results' grades, or else of their progress."
    )
    grade_reason: str | None
    band: Band | None
    learned: str | None
    progress: Number | None = Field(description="Weighted mean of what is measured, 0..1.")
    expected_progress: Number
    status: Status
    status_rule: StatusRule
    confidence: int | None
    narrative: str | None = Field(description="The words of its newest check-in.")
    key_results: list[KeyResultResponse]
    warnings: list[AdviceResponse]
    version: int


class BoardResponse(ResponseModel):
    """The cycle as it was true at `valid_at` and known at `known_at`."""

    cycle: CycleResponse
    valid_at: Instant | None
    known_at: Instant | None
    judged_at: Instant = Field(description="The moment of its progress and status.")
    objectives: list[ObjectiveResponse]
    initiatives: list[KeyResultWorkResponse] = Field(
        description="The work planned for key results, of those that have any."
    )


def objective_response(
    sheet: ObjectiveSheet,
    cycle: Cycle,
    moment: datetime,
    advice: Sequence[Advice] = (),
    organisation: Organisation = NOBODY,
) -> ObjectiveResponse:
    return ObjectiveResponse(**objective_fields(sheet, cycle, moment, advice, organisation))


def objective_fields(
    sheet: ObjectiveSheet,
    cycle: Cycle,
    moment: datetime,
    advice: Sequence[Advice] = (),
    organisation: Organisation = NOBODY,
) -> dict[str, Any]:
    objective = sheet.objective
    facts = objective.facts
    definition, remark = facts.definition, facts.remark
    standing = objective_standing(sheet, cycle, moment)
    clock = cycle.facts.course.clock(moment)
    own_advice = [
        *advise_on_objective_wording(definition),
        *advise_on_objective(len(sheet.counted), accepted=isinstance(objective, Active | Closed)),
    ]
    return {
        "id": facts.objective_id,
        "cycle_id": facts.cycle_id,
        "title": definition.title,
        "why": definition.why,
        "kind": definition.kind,
        "level": definition.level,
        "origin": facts.origin,
        "team": definition.team,
        "team_name": organisation.name_at(definition.team, clock),
        "owner": definition.owner,
        "owner_name": organisation.name_at(definition.owner, clock),
        "serves": [*definition.serves],
        "cadence_days": definition.cadence_days,
        "contributes_to": node_response(facts.contributes_to),
        "derived_from": (
            None
            if facts.derived_from is None
            else DerivedFromResponse(**facts.derived_from.model_dump())
        ),
        "carried_to": facts.carried_to,
        "external_key": facts.external_key,
        "state": state_name(objective),
        "outcome": objective.outcome if isinstance(objective, Closed) else None,
        "reason": _reason(objective),
        **_grade_fields(sheet),
        "progress": standing.progress,
        "expected_progress": standing.expected_progress,
        "status": standing.status,
        "status_rule": standing.status_rule,
        "confidence": None if remark is None else remark.confidence,
        "narrative": None if remark is None else remark.narrative,
        "key_results": [
            key_result_response(part, objective, cycle, moment, organisation)
            for part in sheet.key_results
        ],
        "warnings": advice_responses([*advice, *own_advice]),
        "version": sheet.version,
    }


def node_response(node: Node | None) -> NodeResponse | None:
    return None if node is None else NodeResponse(type=node.type, id=node.id)


def _grade_fields(sheet: ObjectiveSheet) -> dict[str, Any]:
    objective = sheet.objective
    given = objective.facts.grade
    grade = final_grade(objective)
    suggested = None
    if objective.facts.definition.kind != "learning":
        suggested = suggest_objective_grade(sheet.counted, sheet.contributed)
    learned = objective.learned if isinstance(objective, Closed) else None
    return {
        "grade": grade,
        "suggested_grade": suggested,
        "grade_reason": None if given is None else given.reason,
        "band": None if grade is None else band_of(grade),
        "learned": learned if given is None else given.learned or learned,
    }


def _reason(objective: Objective) -> str | None:
    return objective.reason if isinstance(objective, Closed | Declined) else None
