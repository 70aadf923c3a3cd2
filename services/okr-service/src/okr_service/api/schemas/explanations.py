from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

from helmlog_events.envelope import RecordedEvent
from helmlog_events.values import Instant, Number, plain
from helmlog_web.schemas import ResponseModel
from pydantic import Field

from okr_service.domain.explanation import Explained, Value

SOURCE = "okr"


class ExplainingEvent(ResponseModel):
    """An event that gave a value; of one in another service's log no more than its place is known
    here.
    """

    reference: str = Field(description="Source and seq, as `okr/1204`.")
    source: str
    seq: int
    stream: str | None = None
    version: int | None = None
    type: str | None = None
    occurred_at: Instant | None = None
    recorded_at: Instant | None = None
    actor: str | None = None


class PartResponse(ResponseModel):
    type: str
    id: UUID
    title: str
    value: Number | None = Field(description="None: not measured, and left out of the formula.")
    weight: Number


class ExplainedResponse(ResponseModel):
    name: str
    value: str | None
    rule: str
    formula: str | None = Field(description="The rule with the numbers in it.")
    inputs: dict[str, str | None]
    parts: list[PartResponse] = Field(description="What a mean was taken of.")
    events: list[ExplainingEvent]


class ExplanationResponse(ResponseModel):
    """Each shown value: the rule, the formula, and the events that gave it."""

    id: UUID
    version: int
    valid_at: Instant | None
    known_at: Instant | None
    values: list[ExplainedResponse]


def explained_responses(explained: Sequence[Explained]) -> list[ExplainedResponse]:
    return [
        ExplainedResponse(
            name=one.name,
            value=_text(one.value),
            rule=one.rule,
            formula=one.formula,
            inputs={name: _text(value) for name, value in one.inputs.items()},
            parts=[
                PartResponse(
                    type=part.type,
                    id=part.id,
                    title=part.title,
                    value=part.value,
                    weight=part.weight,
                )
                for part in one.parts
            ],
            events=[*map(_own, one.records), *map(_foreign, one.causes)],
        )
        for one in explained
    ]


def _text(value: Value) -> str | None:
    if value is None:
        return None
    return plain(value) if isinstance(value, Decimal) else str(value)


def _own(record: RecordedEvent) -> ExplainingEvent:
    return ExplainingEvent(
        reference=f"{SOURCE}/{record.seq}",
        source=SOURCE,
        seq=record.seq,
        stream=record.stream,
        version=record.version,
        type=record.type,
        occurred_at=record.occurred_at,
        recorded_at=record.recorded_at,
        actor=record.actor,
    )


def _foreign(cause: str) -> ExplainingEvent:
    source, _, seq = cause.partition("/")
    return ExplainingEvent(reference=cause, source=source, seq=int(seq))
