from __future__ import annotations

from uuid import UUID

from helmlog_events.contracts.okr import CommentSubject
from helmlog_events.values import Instant
from helmlog_web.schemas import RequestModel, ResponseModel
from helmlog_web.text import Reason
from pydantic import Field

from okr_service.domain.comment.state import Comment, Withdrawn


class CommentRequest(RequestModel):
    text: Reason
    reply_to: UUID | None = Field(default=None, description="A comment on the same subject.")


class WithdrawRequest(RequestModel):
    reason: Reason | None = None


class CommentSubjectResponse(ResponseModel):
    type: str
    id: UUID


class CommentResponse(ResponseModel):
    id: UUID
    cycle_id: UUID
    subject: CommentSubjectResponse
    reply_to: UUID | None
    author: str
    said_at: Instant
    late_correction: bool = Field(description="Said when the cycle was closed already.")
    text: str | None = Field(description="None where it was withdrawn.")
    withdrawn_by: str | None
    withdrawn_at: Instant | None
    withdrawn_because: str | None
    version: int


def comment_response(comment: Comment, version: int) -> CommentResponse:
    facts = comment.facts
    withdrawn = comment if isinstance(comment, Withdrawn) else None
    return CommentResponse(
        id=facts.comment_id,
        cycle_id=facts.cycle_id,
        subject=_subject(facts.subject),
        reply_to=facts.reply_to,
        author=facts.author,
        said_at=facts.said_at,
        late_correction=facts.late,
        text=None if isinstance(comment, Withdrawn) else comment.text,
        withdrawn_by=None if withdrawn is None else withdrawn.by,
        withdrawn_at=None if withdrawn is None else withdrawn.at,
        withdrawn_because=None if withdrawn is None else withdrawn.reason,
        version=version,
    )


def _subject(subject: CommentSubject) -> CommentSubjectResponse:
    return CommentSubjectResponse(type=subject.type, id=subject.id)
