from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from helmlog_events.contracts.okr import (
    CheckInRecorded,
    KeyResultDefinition,
    Metric,
    Milestone,
    Status,
    StatusOverride,
    StatusRule,
)
from helmlog_events.values import Instant, Number
from helmlog_web.schemas import RequestModel, ResponseModel
from helmlog_web.text import Name, Paragraph, Reason, Title
from pydantic import Field, StrictInt

from okr_service.api.schemas.advice import AdviceResponse
from okr_service.domain.cycle.state import Cycle
from okr_service.domain.objective.state import Objective
from okr_service.domain.sheet import KeyResultSheet, key_result_standing


class MilestoneModel(RequestModel):
    name: Title
    weight: Number


class KeyResultRequest(RequestModel):
    """`increase` and `decrease` need `baseline` and `target`; `stay_above` needs `lower`,
    `stay_below` `upper`, `stay_within` both; `milestone` needs `milestones`.
    """

    title: Title
    metric: Metric
    baseline: Number | None = None
    target: Number | None = None
    lower: Number | None = None
    upper: Number | None = None
    milestones: tuple[MilestoneModel, ...] = Field(default=(), max_length=100)
    unit: Name | None = None
    rate: Name | None = None
    weight: Number = Field(default=1, validate_default=True)
    kpi_id: UUID | None = None
    owner: Name | None = None

    def definition(self) -> KeyResultDefinition:
        return KeyResultDefinition(
            title=self.title,
            metric=self.metric,
            baseline=self.baseline,
            target=self.target,
            lower=self.lower,
            upper=self.upper,
            milestones=tuple(
                Milestone(name=step.name, weight=step.weight) for step in self.milestones
            ),
            unit=self.unit,
            rate=self.rate,
            weight=self.weight,
            kpi_id=self.kpi_id,
            owner=self.owner,
        )


class CheckInRequest(RequestModel):
    value: Number | None = None
    done: tuple[Title, ...] | None = Field(
        default=None, max_length=100, description="The milestones reached so far, by name."
    )
    confidence: StrictInt | None = Field(default=None, description="0 to 10.")
    narrative: Paragraph | None = None
    status: StatusOverride | None = Field(
        default=None, description="The owner's own judgement, until the next check-in."
    )
    status_reason: Reason | None = None
    correction_reason: Reason | None = Field(
        default=None, description="Needed where a KPI moves the key result."
    )
    observed_at: Instant | None = Field(
        default=None, description="When it was true, within the cycle; now, if left out."
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
    unit: str | None
    rate: str | None
    weight: Number
    kpi_id: UUID | None
    owner: str | None
    value: Number | None
    done: list[str]
    progress: Number | None = Field(description="A share, clamped to 0..1.")
    progress_raw: Number | None
    expected_progress: Number
    status: Status
    status_rule: StatusRule
    confidence: int | None
    observed_at: Instant | None = Field(description="Since when the value is true.")
    version: int


class AddedKeyResultResponse(KeyResultResponse):
    warnings: list[AdviceResponse]


class CheckInResponse(ResponseModel):
    id: UUID
    key_result_id: UUID
    value: Number | None
    done: list[str]
    confidence: int | None
    narrative: str | None
    status: StatusOverride | None
    status_reason: str | None
    correction_reason: str | None
    observed_at: Instant
    after_reopening: bool


class RecordedCheckInResponse(CheckInResponse):
    version: int = Field(description="Of the key result, after the check-in.")
    key_result: KeyResultResponse


class ListedCheckInResponse(CheckInResponse):
    actor: str
    recorded_at: Instant


def key_result_response(
    sheet: KeyResultSheet, objective: Objective, cycle: Cycle, moment: datetime
) -> KeyResultResponse:
    return KeyResultResponse(**key_result_fields(sheet, objective, cycle, moment))


def key_result_fields(
    sheet: KeyResultSheet, objective: Objective, cycle: Cycle, moment: datetime
) -> dict[str, Any]:
    facts, current, remark = sheet.facts, sheet.current, sheet.remark
    definition = facts.definition
    standing = key_result_standing(sheet, objective, cycle, moment)
    return {
        "id": facts.key_result_id,
        "objective_id": facts.objective_id,
        "cycle_id": facts.cycle_id,
        "title": definition.title,
        "metric": definition.metric,
        "baseline": definition.baseline,
        "target": definition.target,
        "lower": definition.lower,
        "upper": definition.upper,
        "milestones": [
            MilestoneModel(name=step.name, weight=step.weight) for step in definition.milestones
        ],
        "unit": definition.unit,
        "rate": definition.rate,
        "weight": definition.weight,
        "kpi_id": definition.kpi_id,
        "owner": definition.owner,
        "value": None if current is None else current.value,
        "done": [] if current is None else [*current.done],
        "progress": standing.progress,
        "progress_raw": None if current is None else current.progress_raw,
        "expected_progress": standing.expected_progress,
        "status": standing.status,
        "status_rule": standing.status_rule,
        "confidence": None if remark is None else remark.confidence,
        "observed_at": None if current is None else current.observed_at,
        "version": sheet.version,
    }


def check_in_fields(event: CheckInRecorded) -> dict[str, Any]:
    return {
        "id": event.check_in_id,
        "key_result_id": event.key_result_id,
        "value": event.value,
        "done": [*(event.done or ())],
        "confidence": event.confidence,
        "narrative": event.narrative,
        "status": event.status,
        "status_reason": event.status_reason,
        "correction_reason": event.correction_reason,
        "observed_at": event.observed_at,
        "after_reopening": event.after_reopening,
    }
