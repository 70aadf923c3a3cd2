"""One key result's own events, of the kinds that are asked for, page by page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

import asyncpg
from helmlog_events.contracts.event import Event
from helmlog_events.envelope import RecordedEvent
from helmlog_events.store.postgres.connections import driver
from helmlog_events.store.postgres.rows import COLUMNS
from sqlalchemy.ext.asyncio import AsyncEngine

from okr_service.domain.cut import Cut

_WITHIN: Final = (
    "tenant = $1 AND ($3::bigint IS NULL OR seq <= $3)"
    " AND ($4::timestamptz IS NULL OR occurred_at <= $4)"
)
_ENTRIES: Final = f"""
SELECT {COLUMNS} FROM event_log JOIN (
    SELECT seq FROM cycle_entries
    WHERE id = $2 AND {_WITHIN} AND type = ANY($5) AND seq > $6 ORDER BY seq LIMIT $7
) chosen USING (seq) ORDER BY seq
"""
_UPDATES: Final = f"""
SELECT {COLUMNS} FROM event_log JOIN (
    SELECT seq FROM key_result_updates
    WHERE key_result_id = $2 AND {_WITHIN}
        AND ($5::timestamptz IS NULL OR occurred_at >= $5)
        AND ($6::timestamptz IS NULL OR occurred_at < $6)
        AND ($7::timestamptz IS NULL OR (occurred_at, version) > ($7, $8::bigint))
    ORDER BY occurred_at, version LIMIT $9
) chosen USING (seq) ORDER BY occurred_at, version
"""


@dataclass(frozen=True, slots=True)
class Span:
    """From `since`, up to but not including `until`; none is open."""

    since: datetime | None = None
    until: datetime | None = None


class KeyResultQueries:
    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def list_entries(
        self,
        tenant: str,
        key_result_id: UUID,
        kinds: Sequence[type[Event]],
        cut: Cut,
        *,
        after: int | None = None,
        limit: int | None = None,
    ) -> Sequence[RecordedEvent]:
        """In the order they were recorded; updates are not among them."""
        names = [kind.event_type for kind in kinds]
        return await self._fetch(
            _ENTRIES, tenant, key_result_id, cut.up_to_seq, cut.valid_at, names, after or 0, limit
        )

    async def list_updates(
        self,
        tenant: str,
        key_result_id: UUID,
        cut: Cut,
        span: Span,
        *,
        after: tuple[datetime, int] | None,
        limit: int,
    ) -> Sequence[RecordedEvent]:
        """In the order they were true, of one moment in the order they were told."""
        moment, version = after or (None, None)
        return await self._fetch(
            _UPDATES,
            tenant,
            key_result_id,
            cut.up_to_seq,
            cut.valid_at,
            span.since,
            span.until,
            moment,
            version,
            limit,
        )

    async def _fetch(self, query: str, *arguments: object) -> list[RecordedEvent]:
        async with self._engine.connect() as sql:
            connection: asyncpg.Connection = await driver(sql)
            return [RecordedEvent._make(row) for row in await connection.fetch(query, *arguments)]
