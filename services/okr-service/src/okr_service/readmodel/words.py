"""What people wrote: where comments stand, and the texts that are searched."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final
from uuid import UUID

from helmlog_events.contracts.event import Event
from helmlog_events.contracts.okr import (
    CheckInRecorded,
    CommentAdded,
    CommentWithdrawn,
    CycleWork,
    InitiativeDefinition,
    InitiativePlanned,
    InitiativeRevised,
    KeyResultAdded,
    KeyResultDefinition,
    KeyResultRevised,
    ObjectiveCheckInRecorded,
    ObjectiveDefinition,
    ObjectiveDrafted,
    ObjectiveRevised,
)
from helmlog_events.envelope import RecordedEvent
from helmlog_events.pipeline.rows_of import Row, RowsOf

from okr_service.domain.definitions import part_of
from okr_service.readmodel import tables

Words = CommentAdded | CommentWithdrawn | CheckInRecorded | ObjectiveCheckInRecorded


def _comment(record: RecordedEvent, comment: CommentAdded) -> Iterator[Row]:
    yield {
        "tenant": record.tenant,
        "subject_type": comment.subject.type,
        "subject_id": comment.subject.id,
        "seq": record.seq,
        "comment_id": comment.comment_id,
        "occurred_at": record.occurred_at,
    }


def _text(record: RecordedEvent, event: Event) -> Iterator[Row]:
    row = _said(record, event) if isinstance(event, Words) else _defined(record, event)
    if row is not None:
        yield row


def _defined(record: RecordedEvent, event: Event) -> Row | None:
    row: Row | None = None
    match event:
        case ObjectiveDrafted():
            row = _objective(record, event, part_of(event, ObjectiveDefinition))
        case ObjectiveRevised():
            row = _objective(record, event, event.after)
        case KeyResultAdded():
            row = _key_result(record, event, part_of(event, KeyResultDefinition))
        case KeyResultRevised():
            row = _key_result(record, event, event.after)
        case InitiativePlanned():
            row = _initiative(record, event, part_of(event, InitiativeDefinition))
        case InitiativeRevised():
            row = _initiative(record, event, event.after)
    return row


def _said(record: RecordedEvent, event: Words) -> Row | None:
    match event:
        case CommentAdded():
            subject = event.subject.type, event.subject.id
            return _row(record, event, "comment", event.comment_id, subject, body=event.text)
        case CommentWithdrawn():
            itself = "comment", event.comment_id
            return _row(record, event, *itself, itself, withdrawn=True)
        case CheckInRecorded() if event.narrative:
            about = "key_result", event.key_result_id
            return _row(record, event, "check_in", event.check_in_id, about, body=event.narrative)
        case ObjectiveCheckInRecorded() if event.narrative:
            about = "objective", event.objective_id
            return _row(record, event, "check_in", event.check_in_id, about, body=event.narrative)
        case _:
            return None


def _objective(
    record: RecordedEvent,
    event: ObjectiveDrafted | ObjectiveRevised,
    definition: ObjectiveDefinition,
) -> Row:
    about = "objective", event.objective_id
    return _row(record, event, *about, about, title=definition.title, body=definition.why)


def _key_result(
    record: RecordedEvent, event: KeyResultAdded | KeyResultRevised, definition: KeyResultDefinition
) -> Row:
    about = "key_result", event.key_result_id
    steps = "\n".join(step.name for step in definition.milestones)
    return _row(record, event, *about, about, title=definition.title, body=steps)


def _initiative(
    record: RecordedEvent,
    event: InitiativePlanned | InitiativeRevised,
    definition: InitiativeDefinition,
) -> Row:
    about = "initiative", event.initiative_id
    return _row(record, event, *about, about, title=definition.title, body=definition.description)


def _row(
    record: RecordedEvent,
    event: CycleWork,
    kind: str,
    key: UUID,
    about: tuple[str, UUID],
    *,
    title: str = "",
    body: str = "",
    withdrawn: bool = False,
) -> Row:
    return {
        "tenant": record.tenant,
        "type": kind,
        "id": key,
        "version": record.version,
        "cycle_id": event.cycle_id,
        "about_type": about[0],
        "about_id": about[1],
        "title": title,
        "body": body,
        "withdrawn": withdrawn,
        "seq": record.seq,
        "occurred_at": record.occurred_at,
    }


COMMENTS: Final = RowsOf(
    "okr_comments", "okr", tables.comments_by_subject, (CommentAdded,), _comment
)
"""Which comments were written on what."""

SEARCH: Final = RowsOf("okr_search", "okr", tables.search_texts, (CycleWork,), _text)
"""Titles and texts of a cycle's work, in every version they had."""
