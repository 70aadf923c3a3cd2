"""What was measured of KPIs, many in one or two queries."""

from __future__ import annotations

from collections.abc import Collection
from decimal import Decimal
from typing import Any, Final, cast
from uuid import UUID

import asyncpg
import orjson
from helmlog_events.store.postgres.connections import driver
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from kpi_service.domain.threshold.as_json import state_from_json
from kpi_service.domain.threshold.state import open_breach, state_name
from kpi_service.readmodel.breaches import open_severities
from kpi_service.readmodel.counted_readings import known_by, latest
from kpi_service.readmodel.moments import Measurement, Moment
from kpi_service.readmodel.tables import kpi_state

# Backwards along the primary key, so that each KPI costs its newest instant and no more.
_COUNTED: Final = latest(
    "observed_at, source, value",
    "observed_at DESC",
    "source DESC",
    where="tenant = $1 AND readings.kpi_id = wanted.kpi_id"
    f" AND ($3::timestamptz IS NULL OR observed_at <= $3) AND {known_by('$4')}",
)
_NEWEST: Final = f"""
SELECT wanted.kpi_id, newest.value, newest.observed_at
FROM unnest($2::uuid[]) AS wanted (kpi_id) CROSS JOIN LATERAL (
    {_COUNTED} ORDER BY observed_at DESC, source DESC LIMIT 1
) AS newest
"""


async def measurements(
    sql: AsyncConnection, tenant: str, kpi_ids: Collection[UUID], moment: Moment
) -> dict[UUID, Measurement]:
    """Of each its newest value then, and the breach that was open; a KPI without is left out.

    Now it is as ingestion has left it, committed: never stale. What was pending or recovering at
    a moment in the past is not kept.
    """
    if not moment.is_now:
        return await _then(sql, tenant, kpi_ids, moment)
    query = select(kpi_state).where(kpi_state.c.tenant == tenant, kpi_state.c.kpi_id.in_(kpi_ids))
    return {row.kpi_id: measurement_of(row) for row in await sql.execute(query)}


def measurement_of(row: Any) -> Measurement:
    """By a row of `kpi_state`."""
    state = state_from_json(orjson.dumps(row.threshold).decode())
    breach = open_breach(state)
    return Measurement(
        cast("Decimal | None", row.value),
        row.observed_at,
        state_name(state),
        None if breach is None else breach.severity,
    )


async def _then(
    sql: AsyncConnection, tenant: str, kpi_ids: Collection[UUID], moment: Moment
) -> dict[UUID, Measurement]:
    severities = await open_severities(sql, tenant, kpi_ids, moment)
    connection: asyncpg.Connection = await driver(sql)
    rows = await connection.fetch(_NEWEST, tenant, [*kpi_ids], moment.valid_at, moment.known_at)
    values = {UUID(int=kpi_id.int): (value, at) for kpi_id, value, at in rows}
    found: dict[UUID, Measurement] = {}
    for kpi_id in values.keys() | severities.keys():
        severity = severities.get(kpi_id)
        value, observed_at = values.get(kpi_id, (None, None))
        found[kpi_id] = Measurement(value, observed_at, severity or "normal", severity)
    return found
