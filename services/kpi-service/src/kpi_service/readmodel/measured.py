"""What was measured of many KPIs at a moment."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Final
from uuid import UUID

import asyncpg
from helmlog_events.contracts.kpi import Severity
from helmlog_events.store.postgres.connections import driver
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from kpi_service.domain.threshold.state import StateName
from kpi_service.readmodel.listed import Moment
from kpi_service.readmodel.moments import BreachView, Measurement, breach_at, state_of
from kpi_service.readmodel.tables import breaches

# Backwards along the primary key, so that each KPI costs its newest instant and no more.
_NEWEST: Final = """
SELECT wanted.kpi_id, newest.value, newest.observed_at
FROM unnest($2::uuid[]) AS wanted (kpi_id) CROSS JOIN LATERAL (
    SELECT value, observed_at FROM (
        SELECT DISTINCT ON (observed_at, source) observed_at, source, value FROM readings
        WHERE tenant = $1 AND readings.kpi_id = wanted.kpi_id
            AND ($3::timestamptz IS NULL OR observed_at <= $3)
            AND ($4::timestamptz IS NULL OR received_at <= $4)
        ORDER BY observed_at DESC, source DESC, revision DESC
    ) AS latest WHERE value IS NOT NULL ORDER BY observed_at DESC, source DESC LIMIT 1
) AS newest
"""


async def measurements_at(
    sql: AsyncConnection, tenant: str, kpi_ids: Sequence[UUID], moment: Moment
) -> dict[UUID, Measurement]:
    """Of each its newest value then, and the breach that was open; a KPI without is left out."""
    states = await _states(sql, tenant, kpi_ids, moment)
    connection: asyncpg.Connection = await driver(sql)
    rows = await connection.fetch(_NEWEST, tenant, kpi_ids, moment.valid_at, moment.known_at)
    found = {
        kpi_id: Measurement(state=state, severity=severity)
        for kpi_id, (state, severity) in states.items()
    }
    for row in rows:
        kpi_id = UUID(int=row["kpi_id"].int)
        state, severity = states.get(kpi_id, ("normal", None))
        found[kpi_id] = Measurement(row["value"], row["observed_at"], state, severity)
    return found


async def _states(
    sql: AsyncConnection, tenant: str, kpi_ids: Sequence[UUID], moment: Moment
) -> dict[UUID, tuple[StateName, Severity | None]]:
    query = (
        select(breaches)
        .where(breaches.c.tenant == tenant, breaches.c.kpi_id.in_(kpi_ids))
        .order_by(breaches.c.opened_at, breaches.c.breach_id)
    )
    views: dict[UUID, list[BreachView]] = defaultdict(list)
    for row in await sql.execute(query):
        if (view := breach_at(row, moment.valid_at, moment.known_at)) is not None:
            views[row.kpi_id].append(view)
    return {kpi_id: state_of(of_kpi) for kpi_id, of_kpi in views.items()}
