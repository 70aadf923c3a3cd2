"""A KPI's readings in their order, page by page: memory does not grow with their number."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from asyncpg import Connection

from kpi_service.domain.threshold.observation import Observation
from kpi_service.readmodel.counted_readings import counted_between

PAGE: Final = 10_000


async def stream_observations(
    connection: Connection,
    tenant: str,
    kpi_id: UUID,
    since: datetime,
    before: datetime,
    known_at: datetime | None,
) -> AsyncIterator[Sequence[Observation]]:
    """Those observed in `since..before` and known at `known_at`, all of them from one snapshot."""
    known = () if known_at is None else (known_at,)
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        cursor = await connection.cursor(
            "SELECT observed_at, value, source"
            f" FROM ({counted_between('$3', '$4', known=bool(known))}) AS counted"
            " ORDER BY observed_at, source",
            tenant,
            kpi_id,
            since,
            before,
            *known,
        )
        while page := await cursor.fetch(PAGE):
            yield [Observation(*row) for row in page]
