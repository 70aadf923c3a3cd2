from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import asyncpg
from helmlog_events.contracts.okr import CommentSubject
from helmlog_events.envelope import RecordedEvent
from helmlog_events.store.postgres.connections import driver
from helmlog_events.store.postgres.rows import COLUMNS
from sqlalchemy.ext.asyncio import AsyncEngine

from okr_service.domain.aggregates import COMMENT
from okr_service.domain.comment.state import Comment, NoComment
from okr_service.domain.cut import Cut

_WITHIN: Final = (
    "($4::bigint IS NULL OR seq <= $4) AND ($5::timestamptz IS NULL OR occurred_at <= $5)"
)
_COMMENTS: Final = f"""
SELECT {COLUMNS} FROM event_log JOIN (
    SELECT entry.seq FROM (
        SELECT tenant, comment_id FROM comments_by_subject
        WHERE tenant = $1 AND subject_type = $2 AND subject_id = $3 AND seq > $6 AND {_WITHIN}
        ORDER BY seq LIMIT $7
    ) said CROSS JOIN LATERAL (
        SELECT seq FROM cycle_entries
        WHERE tenant = said.tenant AND id = said.comment_id AND {_WITHIN}
    ) entry
) chosen USING (seq) ORDER BY seq
"""


@dataclass(frozen=True, slots=True)
class ListedComment:
    """`seq` is where it was first said."""

    comment: Comment
    version: int
    seq: int


class Comments:
    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def on(
        self, tenant: str, subject: CommentSubject, cut: Cut, *, after: int | None, limit: int
    ) -> Sequence[ListedComment]:
        """In the order they were said, each with what became of it within `cut`."""
        async with self._engine.connect() as sql:
            connection: asyncpg.Connection = await driver(sql)
            rows = await connection.fetch(
                _COMMENTS,
                tenant,
                subject.type,
                subject.id,
                cut.up_to_seq,
                cut.valid_at,
                after or 0,
                limit,
            )
        streams: dict[str, list[RecordedEvent]] = {}
        for row in rows:
            record = RecordedEvent._make(row)
            streams.setdefault(record.stream, []).append(record)
        return [_folded(records) for records in streams.values()]


def _folded(records: Sequence[RecordedEvent]) -> ListedComment:
    state = COMMENT.initial
    for record in records:
        state = COMMENT.evolve(state, COMMENT.read(record))
    if isinstance(state, NoComment):
        raise TypeError("the stream of a comment begins with CommentAdded")
    return ListedComment(state, records[-1].version, records[0].seq)
