"""The rows of `silence_timers`: when to look at which KPI's silence."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

import asyncpg
from helmlog_events.store.postgres.connections import driver
from sqlalchemy.ext.asyncio import AsyncConnection

_AT_ONCE = 5_000


async def watch(connection: asyncpg.Connection, tenant: str, kpi_id: UUID) -> None:
    """Makes the KPI's row, which stays."""
    await connection.execute(
        "INSERT INTO silence_timers (tenant, kpi_id) VALUES ($1, $2) ON CONFLICT DO NOTHING",
        tenant,
        kpi_id,
    )


async def look(
    connection: asyncpg.Connection,
    tenant: str,
    kpi_ids: Sequence[UUID],
    *,
    at: datetime,
    only_waiting: bool = False,
) -> None:
    """Has the timer look at those of the KPIs that are watched, or that wait for a reading."""
    await connection.execute(
        "UPDATE silence_timers SET due_at = $3, after = NULL"
        " WHERE tenant = $1 AND kpi_id = ANY($2::uuid[])" + (" AND waits" if only_waiting else ""),
        tenant,
        kpi_ids,
        at,
    )


async def move_on(connection: asyncpg.Connection, now: datetime) -> None:
    """Puts off the looks at KPIs that were heard of since they were set, as far as that goes."""
    await connection.execute(
        "UPDATE silence_timers AS t"
        " SET due_at = least(s.observed_at + t.after + interval '1 microsecond', t.until)"
        " FROM (SELECT tenant, kpi_id FROM silence_timers"
        " WHERE due_at <= $1 AND after IS NOT NULL ORDER BY due_at LIMIT $2"
        " FOR UPDATE SKIP LOCKED) AS came JOIN kpi_state AS s USING (tenant, kpi_id)"
        " WHERE t.tenant = came.tenant AND t.kpi_id = came.kpi_id"
        " AND s.observed_at + t.after >= $1 AND (t.until IS NULL OR t.until > $1)",
        now,
        _AT_ONCE,
    )


async def list_due(
    sql: AsyncConnection, by: datetime, limit: int
) -> Sequence[tuple[datetime, str, UUID]]:
    """The first, by time: since when, of which tenant and KPI."""
    rows = await (await driver(sql)).fetch(
        "SELECT due_at, tenant, kpi_id FROM silence_timers WHERE due_at <= $1"
        " ORDER BY due_at, tenant, kpi_id LIMIT $2",
        by,
        limit,
    )
    return [(row["due_at"], row["tenant"], row["kpi_id"]) for row in rows]


async def hold(connection: asyncpg.Connection, tenant: str, kpi_id: UUID, now: datetime) -> bool:
    """Holds the row until the transaction ends; False if the look was taken or put off since."""
    due_at = await connection.fetchval(
        "SELECT due_at FROM silence_timers WHERE tenant = $1 AND kpi_id = $2 FOR UPDATE",
        tenant,
        kpi_id,
    )
    return due_at is not None and due_at <= now


async def settle(
    connection: asyncpg.Connection,
    tenant: str,
    kpi_id: UUID,
    *,
    waits: bool,
    due_at: datetime | None,
    after: timedelta | None,
    until: datetime | None,
) -> None:
    """After a look: the next is at `due_at`, or `after` the newest reading then, before `until`;
    if it `waits`, also when a reading comes.
    """
    await connection.execute(
        "UPDATE silence_timers SET waits = $3, due_at = $4, after = $5, until = $6"
        " WHERE tenant = $1 AND kpi_id = $2",
        tenant,
        kpi_id,
        waits,
        due_at,
        after,
        until,
    )


async def find_resumption(
    connection: asyncpg.Connection,
    tenant: str,
    kpi_id: UUID,
    *,
    after: datetime | None,
    apart: timedelta,
) -> tuple[datetime, Decimal] | None:
    """The first of the newest readings, all observed `after`, of which no two lie further `apart`.

    Read backwards from the newest, as far as they go.
    """
    row = await connection.fetchrow(
        "SELECT observed_at, value FROM (SELECT observed_at, value,"
        " lead(observed_at) OVER newest_first AS earlier FROM readings"
        " WHERE tenant = $1 AND kpi_id = $2 AND value IS NOT NULL"
        " AND ($3::timestamptz IS NULL OR observed_at > $3)"
        " WINDOW newest_first AS (ORDER BY observed_at DESC, source DESC, revision DESC)) AS r"
        " WHERE earlier IS NULL OR observed_at - earlier > $4 LIMIT 1",
        tenant,
        kpi_id,
        after,
        apart,
    )
    return None if row is None else (row["observed_at"], row["value"])
