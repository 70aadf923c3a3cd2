"""A KPI's readings in their order, page by page: memory does not grow with their number."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from asyncpg import Connection

from kpi_service.domain.threshold.judge import Observation

PAGE: Final = 10_000

# Of each instant and source the latest revision counts, of these the ones with a value. The primary
# key is in that order, up to the revision: only equal instants and sources are left to sort.
_READINGS: Final = """
SELECT observed_at, value FROM (
    SELECT DISTINCT ON (observed_at, source) observed_at, source, value FROM readings
    WHERE tenant = $1 AND kpi_id = $2 AND observed_at >= $3 AND observed_at < $4
      AND ($5::timestamptz IS NULL OR received_at <= $5)
    ORDER BY observed_at, source, revision DESC
) AS latest
WHERE value IS NOT NULL ORDER BY observed_at, source
"""


async def stream_observations(
    connection: Connection,
    tenant: str,
    kpi_id: UUID,
    since: datetime,
    before: datetime,
    known_at: datetime | None,
) -> AsyncIterator[Sequence[Observation]]:
    """Those observed in `since..before` and known at `known_at`, all of them from one snapshot."""
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        cursor = await connection.cursor(_READINGS, tenant, kpi_id, since, before, known_at)
        while page := await cursor.fetch(PAGE):
            yield [Observation(observed_at, value) for observed_at, value in page]
