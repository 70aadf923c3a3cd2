"""How far the read models have come with one cycle, at the price of one indexed query."""

from __future__ import annotations

from typing import Final, NamedTuple
from uuid import UUID

from helmlog_events.pipeline.follower import OWN_LOG
from helmlog_events.store.postgres.connections import driver
from sqlalchemy.ext.asyncio import AsyncEngine

_HEAD: Final = f"""
SELECT
    coalesce((SELECT next_offset FROM consumer_positions
              WHERE consumer = '{OWN_LOG}' AND topic = '{OWN_LOG}' AND partition = 0), 0),
    greatest(
        (SELECT max(seq) FROM cycle_entries WHERE tenant = $1 AND cycle_id = $2),
        (SELECT max(seq) FROM key_result_updates WHERE tenant = $1 AND cycle_id = $2),
        0
    ),
    (SELECT count(*) FROM contributions WHERE tenant = $1 AND cycle_id = $2),
    coalesce((SELECT max(version) FROM event_log
              WHERE tenant = $1 AND stream = 'organisation-all'), 0),
    NOT EXISTS (SELECT FROM parked WHERE source = $3)
"""


class Head(NamedTuple):
    """Where a cycle stands in the read models; two equal ones show the same."""

    position: int
    """The last `seq` of the log that the read models have applied."""
    touched: int
    """The last `seq` that concerns the cycle."""
    links: int
    """How much alignment has told of it."""
    organisation: int
    """The version of the names that are shown."""
    settled: bool
    """Whether no event of the log stands parked, whose rows would come behind others."""


class CycleHeads:
    def __init__(self, engine: AsyncEngine, own_source: str) -> None:
        self._engine = engine
        self._own_source = own_source

    async def read(self, tenant: str, cycle_id: UUID) -> Head:
        """As it is now, not as it was told to somebody else a moment ago."""
        async with self._engine.connect() as sql:
            connection = await driver(sql)
            row = await connection.fetchrow(_HEAD, tenant, cycle_id, self._own_source)
        return Head(*row)
