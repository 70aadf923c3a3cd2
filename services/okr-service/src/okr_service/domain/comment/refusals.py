from __future__ import annotations

from uuid import UUID

from okr_service.domain.refusals import Refusal


class UnknownComment(Refusal):
    def __init__(self, comment_id: UUID) -> None:
        super().__init__(comment_id)


class ReplyToUnknownComment(Refusal):
    def __init__(self, comment_id: UUID) -> None:
        super().__init__(comment_id)


class ReplyElsewhere(Refusal):
    """An answer stands where the comment does that it answers."""

    def __init__(self, comment_id: UUID) -> None:
        super().__init__(comment_id)


class NotTheAuthor(Refusal):
    """A comment is withdrawn by who wrote it, or by an admin."""

    def __init__(self, comment_id: UUID) -> None:
        super().__init__(comment_id)
