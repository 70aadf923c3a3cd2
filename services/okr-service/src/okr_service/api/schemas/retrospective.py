from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from helmlog_events.contracts.okr import ObjectiveKind, ObjectiveLevel
from helmlog_events.values import Instant, Number
from helmlog_web.schemas import ResponseModel
from pydantic import Field

from okr_service.api.schemas.cycles import CycleResponse, cycle_response
from okr_service.domain.cycle.state import Cycle
from okr_service.domain.grades import Band, band_of
from okr_service.domain.retrospective import Ending, Retrospective, Summary


class EndingResponse(ResponseModel):
    id: UUID
    title: str
    kind: ObjectiveKind
    level: ObjectiveLevel
    team: str | None
    owner: str | None
    progress: Number | None
    grade: Number | None
    band: Band | None
    reason: str | None
    learned: str | None
    carried_to: UUID | None
    key_results: int


class SummaryResponse(ResponseModel):
    """How many objectives ended how; `open` is those that have not ended."""

    achieved: int
    missed: int
    learned: int
    carried_over: int
    cancelled: int
    open: int
    mean_grade: Number | None = Field(description="Of those with a number, each counting the same.")


class TeamSummaryResponse(SummaryResponse):
    team: str | None


class LessonResponse(ResponseModel):
    objective_id: UUID
    key_result_id: UUID | None
    title: str
    text: str


class RetrospectiveResponse(ResponseModel):
    """What became of a cycle; learning objectives that ended stand under `learned`."""

    cycle: CycleResponse
    valid_at: Instant | None
    known_at: Instant | None
    summary: SummaryResponse
    teams: list[TeamSummaryResponse]
    achieved: list[EndingResponse]
    missed: list[EndingResponse]
    learned: list[EndingResponse]
    carried_over: list[EndingResponse]
    cancelled: list[EndingResponse]
    open: list[EndingResponse]
    lessons: list[LessonResponse]


def retrospective_response(
    cycle: Cycle,
    version: int,
    seen: Retrospective,
    *,
    moment: datetime,
    valid_at: datetime | None,
    known_at: datetime | None,
) -> RetrospectiveResponse:
    sections: dict[str, list[EndingResponse]] = {
        section: [_ending(ending) for ending in endings]
        for section, endings in seen.sections.items()
    }
    return RetrospectiveResponse(
        cycle=cycle_response(cycle, version, moment),
        valid_at=valid_at,
        known_at=known_at,
        summary=SummaryResponse(**_figures(seen.summary)),
        teams=[TeamSummaryResponse(team=team, **_figures(summary)) for team, summary in seen.teams],
        **sections,
        lessons=[
            LessonResponse(
                objective_id=lesson.objective_id,
                key_result_id=lesson.key_result_id,
                title=lesson.title,
                text=lesson.text,
            )
            for lesson in seen.lessons
        ],
    )


def _figures(summary: Summary) -> dict[str, Any]:
    return {**dict[str, Any](summary.counts.items()), "mean_grade": summary.mean_grade}


def _ending(ending: Ending) -> EndingResponse:
    facts = ending.sheet.objective.facts
    definition = facts.definition
    return EndingResponse(
        id=facts.objective_id,
        title=definition.title,
        kind=definition.kind,
        level=definition.level,
        team=definition.team,
        owner=definition.owner,
        progress=ending.progress,
        grade=ending.grade,
        band=None if ending.grade is None else band_of(ending.grade),
        reason=ending.reason,
        learned=ending.learned,
        carried_to=facts.carried_to,
        key_results=len(ending.sheet.counted),
    )
