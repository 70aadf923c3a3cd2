"""Every event that concerns a cycle, from all logs, in one order."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from helmlog_events.envelope import SourcedEvent
from helmlog_events.pipeline.inbox import READ, sourced
from helmlog_events.store.postgres.connections import driver
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from audit_service.readmodel.tables import cycle_events

_FIELDS = ", ".join(f"j.{column.strip()}" for column in READ.split(","))

# A page is found by index in each part, however long the history is.
_PAGE = f"""
WITH concerned AS (
    (SELECT source, seq FROM cycle_events
     WHERE tenant = $1 AND cycle_id = $2 AND (recorded_at, source, seq) > ($3, $4, $5)
     ORDER BY recorded_at, source, seq LIMIT $6)
    UNION
    (SELECT 'kpi', e.seq
     FROM (SELECT DISTINCT kpi_id FROM bound_kpis WHERE tenant = $1 AND cycle_id = $2) AS b
     CROSS JOIN LATERAL (
         SELECT k.seq FROM kpi_events k
         WHERE k.tenant = $1 AND k.kpi_id = b.kpi_id AND k.recorded_at >= $3
           AND (k.recorded_at, 'kpi'::text, k.seq) > ($3, $4, $5)
         ORDER BY k.recorded_at, k.seq LIMIT $6
     ) AS e)
)
SELECT {_FIELDS} FROM concerned c JOIN inbox j ON j.source = c.source AND j.seq = c.seq
ORDER BY j.recorded_at, j.source, j.seq LIMIT $6
"""

# What a report is made of: no batches of readings, and only what a cut by both times leaves.
_CUT = f"""
WITH concerned AS (
    SELECT source, seq FROM cycle_events
    WHERE tenant = $1 AND cycle_id = $2 AND recorded_at <= $3
    UNION
    SELECT 'kpi', k.seq FROM kpi_events k
    WHERE k.tenant = $1 AND k.recorded_at <= $3 AND k.kpi_id IN
        (SELECT kpi_id FROM bound_kpis WHERE tenant = $1 AND cycle_id = $2)
)
SELECT {_FIELDS} FROM concerned c JOIN inbox j ON j.source = c.source AND j.seq = c.seq
WHERE j.occurred_at <= $4 AND j.type <> 'ReadingsIngested'
ORDER BY j.recorded_at, j.source, j.seq
"""


@dataclass(frozen=True, slots=True)
class Place:
    """Where an event stands in a history; the order is by when it was recorded."""

    recorded_at: datetime
    source: str
    seq: int


BEGINNING = Place(datetime.min.replace(tzinfo=UTC), "", 0)


class HistoryQueries:
    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def knows(self, tenant: str, cycle_id: UUID) -> bool:
        statement = (
            select(cycle_events.c.seq)
            .where(cycle_events.c.tenant == tenant, cycle_events.c.cycle_id == cycle_id)
            .limit(1)
        )
        async with self._engine.connect() as sql:
            return (await sql.execute(statement)).first() is not None

    async def page(
        self, tenant: str, cycle_id: UUID, after: Place, limit: int
    ) -> Sequence[SourcedEvent]:
        async with self._engine.connect() as sql:
            rows = await (await driver(sql)).fetch(
                _PAGE, tenant, cycle_id, after.recorded_at, after.source, after.seq, limit
            )
        return [sourced(row) for row in rows]

    async def cut(
        self, tenant: str, cycle_id: UUID, *, valid_at: datetime, known_at: datetime
    ) -> AsyncIterator[SourcedEvent]:
        """What was true at `valid_at` by what had been recorded at `known_at`."""
        async with self._engine.begin() as sql:
            await sql.exec_driver_sql("SELECT 1")
            raw = await driver(sql)
            async for row in raw.cursor(_CUT, tenant, cycle_id, known_at, valid_at, prefetch=1_000):
                yield sourced(row)
