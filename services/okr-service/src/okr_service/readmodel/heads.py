"""How far the read models have come with one cycle, at the price of one indexed query."""

from __future__ import annotations

from typing import Final, NamedTuple
from uuid import UUID

import asyncpg
from helmlog_events.pipeline.follower import OWN_LOG
from helmlog_events.store.postgres.connections import driver
from sqlalchemy.ext.asyncio import AsyncEngine

_STANDING: Final = """
SELECT coalesce((SELECT next_offset FROM consumer_positions
                 WHERE consumer = $1 AND topic = $1 AND partition = 0), 0) AS position,
       EXISTS (SELECT FROM parked WHERE source = $2) AS parked,
       to_regclass($3)::oid::bigint AS tables
"""
_NEWS: Final = """
SELECT tenant, data ->> 'cycle_id', max(seq) FROM event_log
WHERE seq > $1 AND seq <= $2 GROUP BY 1, 2
"""
_FAR: Final = 2_000
"""Events that are not worth looking through: all cycles then count as touched."""


class Head(NamedTuple):
    """Where a cycle stands in the read models; two equal ones show the same rows."""

    position: int
    """The last `seq` of the log that the read models have applied."""
    touched: int
    """A `seq` up to `position` since which nothing has touched the cycle."""
    tables: int
    """Which tables serve: a rebuild puts others in their place."""
    settled: bool
    """Whether no event of the log stands parked, whose rows would come without a new position."""


class CycleHeads:
    """Follows the log as far as the read models have, and notes which cycle an event names.

    An event that names no cycle touches all of its tenant's. `table` is one of those that a rebuild
    exchanges together.
    """

    def __init__(
        self, engine: AsyncEngine, own_source: str, table: str, *, keep: int = 10_000
    ) -> None:
        self._engine = engine
        self._own_source = own_source
        self._table = table
        self._keep = keep
        self._seen = 0
        self._floor = 0
        self._touched: dict[tuple[str, str | None], int] = {}

    async def read(self, tenant: str, cycle_id: UUID) -> Head:
        """As it is now, not as it was told to somebody else a moment ago."""
        async with self._engine.connect() as connection:
            raw = await driver(connection)
            position, parked, tables = await raw.fetchrow(
                _STANDING, OWN_LOG, self._own_source, self._table
            )
            if position > self._seen:
                await self._catch_up(raw, position)
        touched = max(
            self._floor,
            self._touched.get((tenant, str(cycle_id)), 0),
            self._touched.get((tenant, None), 0),
        )
        return Head(position, touched, tables, settled=not parked)

    async def _catch_up(self, raw: asyncpg.Connection, position: int) -> None:
        if position - self._seen > _FAR or len(self._touched) > self._keep:
            self._touched.clear()
            self._floor = position
        else:
            for tenant, cycle, seq in await raw.fetch(_NEWS, self._seen, position):
                place = (tenant, cycle)
                self._touched[place] = max(seq, self._touched.get(place, 0))
        self._seen = max(self._seen, position)
