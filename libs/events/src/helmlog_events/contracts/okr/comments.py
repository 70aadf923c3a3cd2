from __future__ import annotations

from typing import Literal
from uuid import UUID

from helmlog_events.contracts.event import Part, event
from helmlog_events.contracts.okr.work import CycleWork


class CommentSubject(Part):
    type: Literal["objective", "key_result", "initiative"]
    id: UUID


@event("CommentAdded")
class CommentAdded(CycleWork):
    """Lines of text; `reply_to` is the comment it answers, on the same subject."""

    comment_id: UUID
    subject: CommentSubject
    text: str
    reply_to: UUID | None = None


@event("CommentWithdrawn")
class CommentWithdrawn(CycleWork):
    """It is no longer shown; the log keeps it."""

    comment_id: UUID
    reason: str | None = None
