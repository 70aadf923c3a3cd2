from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from helmlog_events.envelope import RecordedEvent
from helmlog_events.values import Instant, Number
from helmlog_web.schemas import ResponseModel
from pydantic import Field

from okr_service.domain.explanation import Explained


class InputResponse(ResponseModel):
    type: str
    id: UUID
    title: str
    value: Number | None = Field(description="None: not measured, and left out of the formula.")
    weight: Number


class SourceEventResponse(ResponseModel):
    source: str
    seq: int
    stream: str
    version: int
    type: str
    actor: str
    occurred_at: Instant
    recorded_at: Instant


class ExplainedValueResponse(ResponseModel):
    name: str
    value: Number | str | None
    rule: str
    formula: str = Field(description="With the numbers in it.")
    inputs: list[InputResponse]
    events: list[SourceEventResponse]


class ExplanationResponse(ResponseModel):
    """Every shown value with the rule, the numbers and the events that gave it."""

    id: UUID
    version: int
    valid_at: Instant | None
    known_at: Instant | None
    values: list[ExplainedValueResponse]


def explained_responses(values: Sequence[Explained]) -> list[ExplainedValueResponse]:
    return [
        ExplainedValueResponse(
            name=value.name,
            value=value.value,
            rule=value.rule,
            formula=value.formula,
            inputs=[
                InputResponse(
                    type=one.type, id=one.id, title=one.title, value=one.value, weight=one.weight
                )
                for one in value.inputs
            ],
            events=[_source_event(record) for record in value.events],
        )
        for value in values
    ]


def _source_event(record: RecordedEvent) -> SourceEventResponse:
    return SourceEventResponse(
        source="okr",
        seq=record.seq,
        stream=record.stream,
        version=record.version,
        type=record.type,
        actor=record.actor,
        occurred_at=record.occurred_at,
        recorded_at=record.recorded_at,
    )
