from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from helmlog_events.contracts.okr import (
    KeyResultAdded,
    KeyResultDefinition,
    KeyResultRevised,
    KeyResultTargetResolved,
    KeyResultUpdated,
    Metric,
    ProgressRule,
    Status,
    StatusRule,
    UpdateSource,
)
from helmlog_events.envelope import RecordedEvent
from helmlog_events.values import Instant, Number
from helmlog_web.schemas import ResponseModel
from pydantic import Field

from okr_service.api.schemas.targets import CurvePointModel, MilestoneModel, RelativeModel
from okr_service.domain.definitions import part_of

LINE_EVENTS = (KeyResultAdded, KeyResultRevised, KeyResultTargetResolved)


class DefinitionResponse(ResponseModel):
    title: str
    metric: Metric
    baseline: Number | None
    target: Number | None
    lower: Number | None
    upper: Number | None
    milestones: list[MilestoneModel]
    commit: Number | None
    stretch: Number | None
    relative: RelativeModel | None
    curve: list[CurvePointModel]
    due_on: date | None
    unit: str | None
    rate: str | None
    weight: Number
    kpi_id: UUID | None
    kpi_template: str | None
    guardrails: list[UUID]
    owner: str | None


class LineResponse(ResponseModel):
    """What the key result said of itself, from `since` up to `until`."""

    since: Instant
    until: Instant | None = Field(description="Null for the one that holds.")
    rebased: bool = Field(description="Whether it is measured otherwise than before.")
    reason: str | None = Field(description="Why it was revised.")
    actor: str
    recorded_at: Instant
    definition: DefinitionResponse


class UpdateResponse(ResponseModel):
    """What it came to: a point of the chart at `valid_from`."""

    observed_at: Instant = Field(description="Since when the value is true.")
    valid_from: Instant = Field(description="Since when it is said so: later, where said again.")
    recorded_at: Instant
    value: Number | None
    done: list[str]
    progress: Number
    progress_raw: Number
    progress_rule: ProgressRule | None
    expected_progress: Number
    status: Status
    status_rule: StatusRule
    confidence: int | None
    source: UpdateSource
    cause: str
    late_correction: bool
    actor: str
    version: int


class LinesResponse(ResponseModel):
    """The course of a key result: all its lines, and a page of its updates."""

    lines: list[LineResponse]
    items: list[UpdateResponse]
    next_cursor: str | None


def line_responses(records: Sequence[RecordedEvent]) -> list[LineResponse]:
    """In the order they were told; each ends where the next begins."""
    lines: list[dict[str, Any]] = []
    definition: KeyResultDefinition | None = None
    for record in records:
        definition, told = _line(record, definition)
        if lines:
            lines[-1]["until"] = max(record.occurred_at, lines[-1]["since"])
        lines.append(
            {
                **told,
                "since": record.occurred_at,
                "until": None,
                "actor": record.actor,
                "recorded_at": record.recorded_at,
                "definition": DefinitionResponse.model_validate(definition.model_dump()),
            }
        )
    return [LineResponse(**line) for line in lines]


def update_response(record: RecordedEvent) -> UpdateResponse:
    event = record.event
    if not isinstance(event, KeyResultUpdated):
        raise TypeError("updates are read from their events")
    return UpdateResponse(
        observed_at=event.observed_at,
        valid_from=record.occurred_at,
        recorded_at=record.recorded_at,
        value=event.value,
        done=[*event.done],
        progress=event.progress,
        progress_raw=event.progress_raw,
        progress_rule=event.progress_rule,
        expected_progress=event.expected_progress,
        status=event.status,
        status_rule=event.status_rule,
        confidence=event.confidence,
        source=event.source,
        cause=event.cause,
        late_correction=event.late_correction,
        actor=record.actor,
        version=record.version,
    )


def _line(
    record: RecordedEvent, before: KeyResultDefinition | None
) -> tuple[KeyResultDefinition, dict[str, Any]]:
    match record.event:
        case KeyResultAdded() as event:
            return part_of(event, KeyResultDefinition), {"rebased": False, "reason": None}
        case KeyResultRevised() as event:
            return event.after, {"rebased": event.rebased, "reason": event.reason}
        case KeyResultTargetResolved() as event if before is not None:
            numbers = {"baseline": event.baseline, "target": event.target}
            after = before.model_copy(update=numbers)
            return after, {"rebased": True, "reason": f"resolved on {event.cause}"}
        case _:
            raise TypeError("a line begins with the definition of a key result")
