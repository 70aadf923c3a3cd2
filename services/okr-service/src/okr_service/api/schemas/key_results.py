from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from helmlog_events.contracts.okr import (
    KeyResultDefinition,
    Metric,
    ProgressRule,
    Status,
    StatusRule,
)
from helmlog_events.values import Instant, Number
from helmlog_web.schemas import RequestModel, ResponseModel
from helmlog_web.text import Name, Reason, Slug, Title
from pydantic import Field

from okr_service.api.schemas.advice import AdviceResponse
from okr_service.api.schemas.targets import (
    CurvePointModel,
    MilestoneModel,
    RelativeModel,
    RelativeResponse,
    as_curve,
    as_milestones,
    as_relative,
    target_fields,
)
from okr_service.domain.cycle.state import Cycle
from okr_service.domain.grades import Band, band_of
from okr_service.domain.objective.state import Objective
from okr_service.domain.sheet import KeyResultSheet, key_result_standing


class KeyResultRequest(RequestModel):
    """`increase` and `decrease` need `baseline` and `target`, or a `relative` target and a KPI;
    `stay_above` needs `lower`, `stay_below` `upper`, `stay_within` both; `milestone` needs
    `milestones`.
    """

    title: Title
    metric: Metric
    baseline: Number | None = None
    target: Number | None = None
    lower: Number | None = None
    upper: Number | None = None
    milestones: tuple[MilestoneModel, ...] = Field(default=(), max_length=100)
    commit: Number | None = Field(default=None, description="What is promised, up to the target.")
    stretch: Number | None = Field(default=None, description="What is hoped for, beyond it.")
    relative: RelativeModel | None = None
    curve: tuple[CurvePointModel, ...] = Field(default=(), max_length=100)
    due_on: date | None = Field(default=None, description="Inclusive; the cycle's end, if none.")
    unit: Name | None = None
    rate: Name | None = None
    weight: Number = Field(default=1, validate_default=True)
    kpi_id: UUID | None = None
    kpi_template: Slug | None = None
    guardrails: tuple[UUID, ...] = Field(
        default=(), max_length=100, description="KPIs that must not be in breach."
    )
    owner: Name | None = None

    def definition(self) -> KeyResultDefinition:
        return KeyResultDefinition(**given_fields(self, frozenset(type(self).model_fields)))


class KeyResultPatch(RequestModel):
    """A JSON merge patch: what is left out stays, null takes away; lists and `relative` are
    replaced as a whole.
    """

    title: Title = Field(default_factory=str)
    metric: Metric = Field(default_factory=lambda: "increase")
    baseline: Number | None = None
    target: Number | None = None
    lower: Number | None = None
    upper: Number | None = None
    milestones: tuple[MilestoneModel, ...] | None = Field(default=None, max_length=100)
    commit: Number | None = None
    stretch: Number | None = None
    relative: RelativeModel | None = None
    curve: tuple[CurvePointModel, ...] | None = Field(default=None, max_length=100)
    due_on: date | None = None
    unit: Name | None = None
    rate: Name | None = None
    weight: Number = Field(default_factory=Decimal)
    kpi_id: UUID | None = None
    kpi_template: Slug | None = None
    guardrails: tuple[UUID, ...] | None = Field(default=None, max_length=100)
    owner: Name | None = None
    reason: Reason
    effective_from: Instant | None = Field(
        default=None, description="Since when it holds, within the cycle; now, if left out."
    )
    late_correction: bool = Field(
        default=False, description="Needed where the cycle is closed, and only there."
    )

    def changes(self) -> dict[str, Any]:
        """The fields of the definition that are given."""
        return given_fields(self, self.model_fields_set & KeyResultDefinition.model_fields.keys())


def given_fields(body: RequestModel, names: Iterable[str]) -> dict[str, Any]:
    """Those fields of a definition, as it holds them."""
    fields = {name: getattr(body, name) for name in names}
    for name, convert in _PARTS.items():
        if name in fields:
            fields[name] = convert(fields[name])
    return fields


_PARTS: Final[dict[str, Callable[[Any], Any]]] = {
    "milestones": as_milestones,
    "curve": as_curve,
    "relative": as_relative,
    "guardrails": lambda guardrails: guardrails or (),
}


class MoveKeyResultRequest(RequestModel):
    objective_id: UUID
    reason: Reason


class CancelKeyResultRequest(RequestModel):
    reason: Reason


class GradeKeyResultRequest(RequestModel):
    grade: Number | None = Field(
        default=None, description="0 to 1; what progress suggests, if left out."
    )
    reason: Reason | None = Field(default=None, description="Why it differs from the suggestion.")
    learned: Reason | None = Field(
        default=None, description="Needed under a learning objective, which has no number."
    )
    late_correction: bool = Field(
        default=False, description="Needed where the cycle is closed, and only there."
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
    suggested_grade: Number | None = Field(description="What progress suggested when graded.")
    grade_reason: str | None
    learned: str | None
    band: Band | None
    cancelled_reason: str | None = Field(description="Set where it counts for nothing any more.")
    version: int


class AddedKeyResultResponse(KeyResultResponse):
    warnings: list[AdviceResponse]


def key_result_response(
    sheet: KeyResultSheet, objective: Objective, cycle: Cycle, moment: datetime
) -> KeyResultResponse:
    return KeyResultResponse(**key_result_fields(sheet, objective, cycle, moment))


def key_result_fields(
    sheet: KeyResultSheet, objective: Objective, cycle: Cycle, moment: datetime
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
        **_grade_fields(sheet),
        "cancelled_reason": sheet.cancelled,
        "version": sheet.version,
    }


def _grade_fields(sheet: KeyResultSheet) -> dict[str, Any]:
    given = sheet.grade
    grade = None if given is None else given.grade
    return {
        "grade": grade,
        "suggested_grade": None if given is None else given.suggested,
        "grade_reason": None if given is None else given.reason,
        "learned": None if given is None else given.learned,
        "band": None if grade is None else band_of(grade),
    }
