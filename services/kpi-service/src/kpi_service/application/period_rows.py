"""The rows of `period_timers`: of which KPI a period with readings ends when.

Written by whoever judges the KPI, while its row is held.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import asyncpg
from helmlog_events.store.postgres.connections import driver
from sqlalchemy.ext.asyncio import AsyncConnection

PATIENCE: Final = timedelta(seconds=5)
"""How long is waited for more where the period was over when its readings came: of a history that
is sent batch by batch, the last period of each would be judged by half of its readings.
"""


async def note(
    connection: asyncpg.Connection,
    tenant: str,
    kpi_id: UUID,
    ends_at: datetime | None,
    now: datetime,
) -> None:
    """Has the timer look when the period ends; none where there is nothing to wait for."""
    if ends_at is None:
        await connection.execute(
            "DELETE FROM period_timers WHERE tenant = $1 AND kpi_id = $2", tenant, kpi_id
        )
        return
    await connection.execute(
        "INSERT INTO period_timers AS t (tenant, kpi_id, ends_at, due_at) VALUES ($1, $2, $3, $4)"
        " ON CONFLICT (tenant, kpi_id) DO UPDATE SET ends_at = excluded.ends_at,"
        " due_at = excluded.due_at WHERE t.ends_at <> excluded.ends_at",
        tenant,
        kpi_id,
        ends_at,
        now + PATIENCE if ends_at <= now else ends_at,
    )


async def list_due(
    sql: AsyncConnection, by: datetime, limit: int
) -> Sequence[tuple[datetime, str, UUID]]:
    """The first, by time: since when, of which tenant and KPI."""
    rows = await (await driver(sql)).fetch(
        "SELECT due_at, tenant, kpi_id FROM period_timers WHERE due_at <= $1"
        " ORDER BY due_at, tenant, kpi_id LIMIT $2",
        by,
        limit,
    )
    return [(row["due_at"], row["tenant"], row["kpi_id"]) for row in rows]


async def is_due(connection: asyncpg.Connection, tenant: str, kpi_id: UUID, now: datetime) -> bool:
    """False where another has judged it meanwhile."""
    due: bool = await connection.fetchval(
        "SELECT EXISTS (SELECT FROM period_timers"
        " WHERE tenant = $1 AND kpi_id = $2 AND due_at <= $3)",
        tenant,
        kpi_id,
        now,
    )
    return due
