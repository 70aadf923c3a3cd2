from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from helmlog_events.contracts.okr import ObjectiveKind, ObjectiveLevel, Status, StatusRule
from helmlog_events.values import Instant, Number
from helmlog_web.schemas import ResponseModel
from pydantic import Field

from okr_service.api.schemas.cycles import CycleResponse, cycle_response
from okr_service.api.schemas.key_results import NAMED
from okr_service.api.schemas.objectives import NodeResponse, node_response
from okr_service.domain.cycle.state import Cycle
from okr_service.domain.grades import Band, band_of
from okr_service.domain.objective.outcome import final_grade
from okr_service.domain.objective.state import Objective, ObjectiveStateName, state_name
from okr_service.domain.organisation.state import Organisation
from okr_service.domain.sheet import key_result_standing, objective_standing
from okr_service.domain.tree import Branch, KeyResultBranch


class KeyResultNodeResponse(ResponseModel):
    id: UUID
    title: str
    owner: str | None
    owner_name: str | None = Field(description=NAMED)
    weight: Number
    progress: Number | None
    status: Status
    status_rule: StatusRule
    grade: Number | None
    band: Band | None
    cancelled: bool
    objectives: list[ObjectiveNodeResponse]


class ObjectiveNodeResponse(ResponseModel):
    id: UUID
    title: str
    kind: ObjectiveKind
    level: ObjectiveLevel
    team: str | None
    team_name: str | None = Field(description=NAMED)
    owner: str | None
    owner_name: str | None = Field(description=NAMED)
    state: ObjectiveStateName
    progress: Number | None
    expected_progress: Number
    status: Status
    status_rule: StatusRule
    grade: Number | None
    band: Band | None
    parent: NodeResponse | None = Field(
        description="Of a root: what it contributes to, which is not above it in this tree."
    )
    objectives_below: int
    key_results_below: int
    key_results: list[KeyResultNodeResponse]
    objectives: list[ObjectiveNodeResponse]


class TreeResponse(ResponseModel):
    """The cycle's objectives under what they contribute to."""

    cycle: CycleResponse
    valid_at: Instant | None
    known_at: Instant | None
    objectives: int = Field(description="How many stand in the tree.")
    key_results: int
    roots: list[ObjectiveNodeResponse]


def tree_response(
    cycle: Cycle,
    version: int,
    roots: Sequence[Branch],
    organisation: Organisation,
    *,
    moment: datetime,
    valid_at: datetime | None,
    known_at: datetime | None,
) -> TreeResponse:
    return TreeResponse(
        cycle=cycle_response(cycle, version, moment),
        valid_at=valid_at,
        known_at=known_at,
        objectives=len(roots) + sum(root.objectives_below for root in roots),
        key_results=sum(root.key_results_below for root in roots),
        roots=[_objective_node(root, cycle, moment, organisation) for root in roots],
    )


def _objective_node(
    branch: Branch, cycle: Cycle, moment: datetime, organisation: Organisation
) -> ObjectiveNodeResponse:
    objective = branch.sheet.objective
    definition = objective.facts.definition
    standing = objective_standing(branch.sheet, cycle, moment)
    grade = final_grade(objective)
    clock = cycle.facts.course.clock(moment)
    return ObjectiveNodeResponse(
        id=objective.facts.objective_id,
        title=definition.title,
        kind=definition.kind,
        level=definition.level,
        team=definition.team,
        team_name=organisation.name_at(definition.team, clock),
        owner=definition.owner,
        owner_name=organisation.name_at(definition.owner, clock),
        state=state_name(objective),
        progress=standing.progress,
        expected_progress=standing.expected_progress,
        status=standing.status,
        status_rule=standing.status_rule,
        grade=grade,
        band=None if grade is None else band_of(grade),
        parent=node_response(branch.parent),
        objectives_below=branch.objectives_below,
        key_results_below=branch.key_results_below,
        key_results=[
            _key_result_node(part, objective, cycle, moment, organisation)
            for part in branch.key_results
        ],
        objectives=[
            _objective_node(child, cycle, moment, organisation) for child in branch.objectives
        ],
    )


def _key_result_node(
    part: KeyResultBranch,
    objective: Objective,
    cycle: Cycle,
    moment: datetime,
    organisation: Organisation,
) -> KeyResultNodeResponse:
    facts, grade = part.sheet.facts, part.sheet.grade
    standing = key_result_standing(part.sheet, objective, cycle, moment)
    number = None if grade is None else grade.grade
    return KeyResultNodeResponse(
        id=facts.key_result_id,
        title=facts.definition.title,
        owner=facts.definition.owner,
        owner_name=organisation.name_at(facts.definition.owner, cycle.facts.course.clock(moment)),
        weight=facts.definition.weight,
        progress=standing.progress,
        status=standing.status,
        status_rule=standing.status_rule,
        grade=number,
        band=None if number is None else band_of(number),
        cancelled=part.sheet.cancelled is not None,
        objectives=[
            _objective_node(child, cycle, moment, organisation) for child in part.objectives
        ],
    )
