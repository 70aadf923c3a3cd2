"""What was told of one thing, event by event."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

import asyncpg
from helmlog_events.contracts.event import Event
from helmlog_events.envelope import RecordedEvent
from helmlog_events.store.postgres.connections import driver
from helmlog_events.store.postgres.rows import COLUMNS
from sqlalchemy.ext.asyncio import AsyncEngine

from okr_service.domain.cut import Cut

_TOLD: Final = f"""
SELECT {COLUMNS} FROM event_log JOIN (
    SELECT seq FROM cycle_entries
    WHERE tenant = $1 AND id = $2 AND type = ANY($3) AND seq > $4
        AND ($5::bigint IS NULL OR seq <= $5) AND ($6::timestamptz IS NULL OR occurred_at <= $6)
    ORDER BY seq LIMIT $7
) chosen USING (seq) ORDER BY seq
"""


async def list_told(
    engine: AsyncEngine,
    tenant: str,
    key: UUID,
    kinds: Sequence[type[Event]],
    cut: Cut,
    *,
    after: int | None = None,
    limit: int | None = None,
) -> Sequence[RecordedEvent]:
    """The events of some kinds in one stream within `cut`, in the order they were recorded; of a
    key result not its updates.
    """
    names = [kind.event_type for kind in kinds]
    async with engine.connect() as sql:
        connection: asyncpg.Connection = await driver(sql)
        rows = await connection.fetch(
            _TOLD, tenant, key, names, after or 0, cut.up_to_seq, cut.valid_at, limit
        )
    return [RecordedEvent._make(row) for row in rows]
