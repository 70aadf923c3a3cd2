from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from helmlog_events.values import Instant
from helmlog_web.schemas import ResponseModel
from pydantic import Field

from okr_service.api.schemas.key_results import KeyResultResponse, key_result_fields
from okr_service.api.schemas.objectives import ObjectiveResponse, objective_fields
from okr_service.domain.mine import OwnKeyResult, OwnObjective


class OwnObjectiveResponse(ObjectiveResponse):
    cycle_name: str
    check_in_due_at: Instant | None
    check_in_due: bool


class OwnKeyResultResponse(KeyResultResponse):
    objective_title: str
    cycle_name: str
    check_in_due_at: Instant | None = Field(
        description="None where none is waited for: not under way, or a KPI moves it."
    )
    check_in_due: bool


class MineResponse(ResponseModel):
    """What somebody looks after, over all cycles that are not closed."""

    owner: str
    valid_at: Instant | None
    known_at: Instant | None
    objectives: list[OwnObjectiveResponse]
    key_results: list[OwnKeyResultResponse]


def mine_response(
    owner: str,
    found: Iterable[OwnObjective | OwnKeyResult],
    *,
    moment: datetime,
    valid_at: datetime | None,
    known_at: datetime | None,
) -> MineResponse:
    objectives: list[OwnObjectiveResponse] = []
    key_results: list[OwnKeyResultResponse] = []
    for own in found:
        if isinstance(own, OwnObjective):
            fields = objective_fields(own.sheet, own.cycle, moment)
            objectives.append(OwnObjectiveResponse(**fields, **_due_fields(own)))
        else:
            fields = key_result_fields(own.sheet, own.objective, own.cycle, moment)
            title = own.objective.facts.definition.title
            key_results.append(
                OwnKeyResultResponse(**fields, objective_title=title, **_due_fields(own))
            )
    return MineResponse(
        owner=owner,
        valid_at=valid_at,
        known_at=known_at,
        objectives=objectives,
        key_results=key_results,
    )


def _due_fields(own: OwnObjective | OwnKeyResult) -> dict[str, Any]:
    return {
        "cycle_name": own.cycle.facts.name,
        "check_in_due_at": own.due.at,
        "check_in_due": own.due.now,
    }
