"""Said, and perhaps withdrawn: then its text is shown no more."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import assert_never, cast
from uuid import UUID

from helmlog_events.contracts.okr import CommentAdded, CommentSubject, CommentWithdrawn

from okr_service.domain.comment.events import CommentEvent
from okr_service.domain.told import Told


@dataclass(frozen=True, slots=True)
class CommentFacts:
    """`late`: said of a cycle that was closed already."""

    comment_id: UUID
    cycle_id: UUID
    subject: CommentSubject
    reply_to: UUID | None
    author: str
    said_at: datetime
    late: bool


@dataclass(frozen=True, slots=True)
class NoComment:
    """Nothing was said under this id."""


@dataclass(frozen=True, slots=True)
class Said:
    facts: CommentFacts
    text: str


@dataclass(frozen=True, slots=True)
class Withdrawn:
    facts: CommentFacts
    by: str
    at: datetime
    reason: str | None


Comment = Said | Withdrawn
CommentState = NoComment | Comment


def initial_state() -> CommentState:
    return NoComment()


def evolve(state: CommentState, told: Told) -> CommentState:
    event = cast("CommentEvent", told.event)
    match event:
        case CommentAdded():
            return Said(_facts(event, told), event.text)
        case CommentWithdrawn():
            if isinstance(state, NoComment):
                raise TypeError("the stream of a comment begins with CommentAdded")
            return Withdrawn(state.facts, told.actor, told.occurred_at, event.reason)
        case _ as unreachable:
            assert_never(unreachable)


def _facts(event: CommentAdded, told: Told) -> CommentFacts:
    return CommentFacts(
        comment_id=event.comment_id,
        cycle_id=event.cycle_id,
        subject=event.subject,
        reply_to=event.reply_to,
        author=told.actor,
        said_at=told.occurred_at,
        late=event.late_correction,
    )
