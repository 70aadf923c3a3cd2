from __future__ import annotations

from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from helmlog_events.contracts.okr import Metric, ProgressRule, Status, StatusRule
from helmlog_events.values import Instant, Number
from helmlog_web.schemas import ResponseModel
from pydantic import Field

from okr_service.api.schemas.advice import AdviceResponse
from okr_service.api.schemas.targets import (
    CurvePointModel,
    MilestoneModel,
    RelativeResponse,
    target_fields,
)
from okr_service.domain.cycle.state import Cycle
from okr_service.domain.grades import Band, band_of
from okr_service.domain.objective.outcome import suggested_part_grade
from okr_service.domain.objective.state import Objective
from okr_service.domain.organisation.state import NOBODY, Organisation
from okr_service.domain.sheet import KeyResultSheet, key_result_standing

NAMED: Final = (
    "As the organisation called it on the cycle's clock; null if it did not, and after a write."
)


class KeyResultResponse(ResponseModel):
    id: UUID
    objective_id: UUID
    cycle_id: UUID
    title: str
    metric: Metric
    baseline: Number | None
    target: Number | None
    lower: Number | None
    upper: Number | None
    milestones: list[MilestoneModel]
    commit: Number | None
    stretch: Number | None
    relative: RelativeResponse | None
    curve: list[CurvePointModel]
    due_on: date | None
    unit: str | None
    rate: str | None
    weight: Number
    kpi_id: UUID | None
    kpi_template: str | None
    guardrails: list[UUID]
    owner: str | None
    owner_name: str | None = Field(description=NAMED)
    derived_from: UUID | None = Field(description="The key result it was copied from.")
    external_key: str | None = Field(description="Its name elsewhere.")
    value: Number | None
    done: list[str]
    progress: Number | None = Field(description="A share, clamped to 0..1.")
    progress_raw: Number | None
    progress_rule: ProgressRule | None
    expected_progress: Number
    commit_reached: bool | None = Field(description="Null where there is none, or no value.")
    stretch_reached: bool | None
    days_left: int = Field(description="Days begun until it is due; 0 afterwards.")
    status: Status
    status_rule: StatusRule
    guarded: bool = Field(description="Whether a guardrail is in breach.")
    confidence: int | None
    narrative: str | None = Field(description="Of the newest check-in.")
    observed_at: Instant | None = Field(description="Since when the value is true.")
    heard_at: Instant | None = Field(description="When it was last heard of, also in words.")
    grade: Number | None
    suggested_grade: Number | None = Field(
        description="What its progress suggests, graded or not; null for learning."
    )
    grade_reason: str | None
    learned: str | None
    band: Band | None
    cancelled_reason: str | None = Field(description="Set where it counts for nothing any more.")
    version: int


class AddedKeyResultResponse(KeyResultResponse):
    warnings: list[AdviceResponse]


def key_result_response(
    sheet: KeyResultSheet,
    objective: Objective,
    cycle: Cycle,
    moment: datetime,
    organisation: Organisation = NOBODY,
) -> KeyResultResponse:
    return KeyResultResponse(**key_result_fields(sheet, objective, cycle, moment, organisation))


def key_result_fields(
    sheet: KeyResultSheet,
    objective: Objective,
    cycle: Cycle,
    moment: datetime,
    organisation: Organisation = NOBODY,
) -> dict[str, Any]:
    facts, current, remark = sheet.facts, sheet.current, sheet.remark
    definition, measured = facts.definition, sheet.measured
    standing = key_result_standing(sheet, objective, cycle, moment)
    return {
        "id": facts.key_result_id,
        "objective_id": facts.objective_id,
        "cycle_id": facts.cycle_id,
        "title": definition.title,
        "metric": definition.metric,
        **target_fields(sheet, cycle, moment),
        "unit": definition.unit,
        "rate": definition.rate,
        "weight": definition.weight,
        "kpi_id": definition.kpi_id,
        "kpi_template": definition.kpi_template,
        "guardrails": [*definition.guardrails],
        "owner": definition.owner,
        "owner_name": organisation.name_at(definition.owner, cycle.facts.course.clock(moment)),
        "derived_from": facts.derived_from,
        "external_key": facts.external_key,
        "value": None if current is None else current.value,
        "done": [] if current is None else [*current.done],
        "progress": standing.progress,
        "progress_raw": None if current is None else current.progress_raw,
        "progress_rule": None if current is None else current.progress_rule,
        "expected_progress": standing.expected_progress,
        "status": standing.status,
        "status_rule": standing.status_rule,
        "guarded": sheet.guarded,
        "confidence": None if remark is None else remark.confidence,
        "narrative": None if remark is None else remark.narrative,
        "observed_at": None if current is None else current.observed_at,
        "heard_at": None if measured is None else measured.heard_at,
        **_grade_fields(sheet, objective),
        "cancelled_reason": sheet.cancelled,
        "version": sheet.version,
    }


def _grade_fields(sheet: KeyResultSheet, objective: Objective) -> dict[str, Any]:
    given = sheet.grade
    learning = objective.facts.definition.kind == "learning"
    grade = None if given is None else given.grade
    return {
        "grade": grade,
        "suggested_grade": None if learning else suggested_part_grade(sheet),
        "grade_reason": None if given is None else given.reason,
        "learned": None if given is None else given.learned,
        "band": None if grade is None else band_of(grade),
    }
