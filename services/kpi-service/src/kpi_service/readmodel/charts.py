"""A KPI's readings as a chart shows them, brought down to buckets by the database."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

import asyncpg

from kpi_service.domain.periods import Span
from kpi_service.domain.readings.mean import mean
from kpi_service.readmodel.counted_readings import OF_KPI, known_by
from kpi_service.readmodel.walks import FIRST, LAST, walk


class ChartPoint(NamedTuple):
    """A bucket with readings; `first` and `last` are by (observed_at, source)."""

    span: Span
    readings: int
    first: Decimal
    last: Decimal
    minimum: Decimal
    maximum: Decimal
    mean: Decimal


async def read_chart(
    connection: asyncpg.Connection,
    tenant: str,
    kpi_id: UUID,
    buckets: Sequence[Span],
    since: datetime,
    before: datetime,
    *,
    known_at: datetime | None = None,
) -> list[ChartPoint]:
    """The readings observed from `since` on, before `before`, as known at `known_at`, by bucket.

    Buckets without readings are left out.
    """
    rows = await walk(
        connection, tenant, kpi_id, buckets, since, before, FIRST, LAST, known_at=known_at
    )
    return [
        ChartPoint(
            buckets[row["place"]],
            row["readings"],
            row[FIRST],
            row[LAST],
            row["minimum"],
            row["maximum"],
            mean(row["total"], row["readings"]),
        )
        for row in rows
    ]


async def observed_range(
    connection: asyncpg.Connection,
    tenant: str,
    kpi_id: UUID,
    since: datetime,
    before: datetime,
    *,
    known_at: datetime | None = None,
) -> tuple[datetime, datetime] | None:
    """The first and the last instant at which something was observed in that time; None if never.

    Also where a value was withdrawn since.
    """
    within = (
        f"SELECT observed_at FROM readings WHERE {OF_KPI} AND observed_at >= $3"
        f" AND observed_at < $4 AND {known_by('$5')} ORDER BY observed_at"
    )
    row = await connection.fetchrow(
        f"SELECT ({within} LIMIT 1) AS first, ({within} DESC LIMIT 1) AS last",
        tenant,
        kpi_id,
        since,
        before,
        known_at,
    )
    return None if row["first"] is None else (row["first"], row["last"])
