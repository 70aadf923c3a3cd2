from __future__ import annotations

from typing import Literal
from uuid import UUID

from helmlog_events.values import Instant, Number
from helmlog_web.schemas import ResponseModel

from okr_service.domain.grades import Band, band_of
from okr_service.domain.recognition import Achievement, Tally


class AchievementResponse(ResponseModel):
    """An objective closed as achieved, or a key result graded green."""

    type: Literal["objective", "key_result"]
    id: UUID
    objective_id: UUID
    cycle_id: UUID
    cycle_name: str
    title: str
    owner: str | None
    team: str | None
    grade: Number | None
    band: Band | None
    achieved_at: Instant


class TallyResponse(ResponseModel):
    name: str
    objectives: int
    key_results: int


class AchievementSummaryResponse(ResponseModel):
    by: Literal["owner", "team"]
    items: list[TallyResponse]


def achievement_response(achievement: Achievement) -> AchievementResponse:
    grade = achievement.grade
    return AchievementResponse(
        type=achievement.type,
        id=achievement.id,
        objective_id=achievement.objective_id,
        cycle_id=achievement.cycle_id,
        cycle_name=achievement.cycle_name,
        title=achievement.title,
        owner=achievement.owner,
        team=achievement.team,
        grade=grade,
        band=None if grade is None else band_of(grade),
        achieved_at=achievement.achieved_at,
    )


def tally_response(tally: Tally) -> TallyResponse:
    return TallyResponse(
        name=tally.name, objectives=tally.objectives, key_results=tally.key_results
    )
