from __future__ import annotations

from dataclasses import dataclass
from typing import assert_never
from uuid import UUID

from helmlog_events.contracts.okr import CommentAdded, CommentSubject, CommentWithdrawn

from okr_service.domain.comment.events import CommentEvent
from okr_service.domain.comment.refusals import NotTheAuthor, ReplyElsewhere, UnknownComment
from okr_service.domain.comment.state import Comment, CommentState, NoComment, Said, Withdrawn
from okr_service.domain.cycle.guards import WorkMarks, mark_work
from okr_service.domain.cycle.state import Closed, Cycle


@dataclass(frozen=True, slots=True)
class AddComment:
    comment_id: UUID
    cycle: Cycle
    subject: CommentSubject
    text: str
    reply_to: Comment | None = None


@dataclass(frozen=True, slots=True)
class WithdrawComment:
    """`as_admin`: may withdraw what others wrote."""

    comment_id: UUID
    cycle: Cycle
    by: str
    as_admin: bool = False
    reason: str | None = None


CommentCommand = AddComment | WithdrawComment


def decide(command: CommentCommand, state: CommentState) -> list[CommentEvent]:
    """Raises the refusals of comments.

    A closed cycle does not end the talk: what is said of it is marked as late instead of refused,
    because it changes nothing that was true in the cycle.
    """
    match command:
        case AddComment():
            return _add(command, state)
        case WithdrawComment():
            return _withdraw(command, state)
        case _ as unreachable:
            assert_never(unreachable)


def _add(command: AddComment, state: CommentState) -> list[CommentEvent]:
    if not isinstance(state, NoComment):
        return []
    answered = command.reply_to
    if answered is not None and answered.facts.subject != command.subject:
        raise ReplyElsewhere(answered.facts.comment_id)
    return [
        CommentAdded(
            **_marks(command.cycle),
            comment_id=command.comment_id,
            subject=command.subject,
            text=command.text,
            reply_to=None if answered is None else answered.facts.comment_id,
        )
    ]


def _withdraw(command: WithdrawComment, state: CommentState) -> list[CommentEvent]:
    match state:
        case NoComment():
            raise UnknownComment(command.comment_id)
        case Said(facts) | Withdrawn(facts) if command.by != facts.author and not command.as_admin:
            raise NotTheAuthor(facts.comment_id)
        case Said(facts):
            return [
                CommentWithdrawn(
                    **_marks(command.cycle), comment_id=facts.comment_id, reason=command.reason
                )
            ]
        case Withdrawn():
            return []
        case _ as unreachable:
            assert_never(unreachable)


def _marks(cycle: Cycle) -> WorkMarks:
    return mark_work(cycle, late_correction=isinstance(cycle, Closed))
