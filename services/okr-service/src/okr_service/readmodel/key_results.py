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
from okr_service.readmodel.told import list_told

_UPDATES: Final = f"""
SELECT {COLUMNS} FROM event_log JOIN (
    SELECT seq FROM key_result_updates
    WHERE tenant = $1 AND key_result_id = $2
        AND ($3::bigint IS NULL OR seq <= $3)
        AND ($4::timestamptz IS NULL OR occurred_at <= $4)
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
        return await list_told(
            self._engine, tenant, key_result_id, kinds, cut, after=after, limit=limit
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
        async with self._engine.connect() as sql:
            connection: asyncpg.Connection = await driver(sql)
            rows = await connection.fetch(
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
        return [RecordedEvent._make(row) for row in rows]
