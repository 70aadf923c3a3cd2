"""What people wrote: where comments stand, and the texts that are searched."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final
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
from helmlog_events.envelope import RecordedEvent, SourcedEvent
from helmlog_events.pipeline.write import insert_rows
from sqlalchemy import Table
from sqlalchemy.ext.asyncio import AsyncConnection

from okr_service.domain.definitions import part_of
from okr_service.readmodel import tables

Row = dict[str, Any]
Words = CommentAdded | CommentWithdrawn | CheckInRecorded | ObjectiveCheckInRecorded


class CommentsProjection:
    """Which comments were written on what."""

    name: Final = "okr_comments"
    sources: Final = frozenset({"okr"})
    tables: Final[Sequence[Table]] = (tables.comments_by_subject,)

    async def apply(self, sql: AsyncConnection, events: Sequence[SourcedEvent]) -> None:
        rows = [
            {
                "tenant": event.record.tenant,
                "subject_type": comment.subject.type,
                "subject_id": comment.subject.id,
                "seq": event.record.seq,
                "comment_id": comment.comment_id,
                "occurred_at": event.record.occurred_at,
            }
            for event in events
            if isinstance(comment := event.record.event, CommentAdded)
        ]
        await insert_rows(sql, tables.comments_by_subject, rows)


class SearchProjection:
    """Titles and texts of a cycle's work, in every version they had."""

    name: Final = "okr_search"
    sources: Final = frozenset({"okr"})
    tables: Final[Sequence[Table]] = (tables.search_texts,)

    async def apply(self, sql: AsyncConnection, events: Sequence[SourcedEvent]) -> None:
        rows = [row for event in events if (row := _text(event.record)) is not None]
        await insert_rows(sql, tables.search_texts, rows)


def _text(record: RecordedEvent) -> Row | None:
    event = record.event
    if isinstance(event, Words):
        return _said(record, event)
    return _defined(record, event)


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
