"""A KPI's readings as they are judged: in order, each place once, as they now stand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

from kpi_service.domain.threshold.observation import Observation, Place


@dataclass(frozen=True, slots=True)
class StoredReadings:
    """A KPI's readings as a series: of each source and instant what was learned last.

    That is by `known_at`, if it is given.
    """

    connection: asyncpg.Connection
    tenant: str
    kpi_id: UUID
    known_at: datetime | None = None

    async def before(self, place: Place, limit: int) -> list[Observation]:
        rows = await self.connection.fetch(
            "SELECT * FROM (SELECT DISTINCT ON (observed_at, source) observed_at, value, source"
            " FROM readings WHERE tenant = $1 AND kpi_id = $2 AND observed_at <= $3"
            " AND (observed_at, source) < ($3, $4)"
            " AND ($6::timestamptz IS NULL OR received_at <= $6)"
            " ORDER BY observed_at DESC, source DESC, revision DESC) AS latest"
            " WHERE value IS NOT NULL ORDER BY observed_at DESC, source DESC LIMIT $5",
            self.tenant,
            self.kpi_id,
            *place,
            limit,
            self.known_at,
        )
        return [Observation(*row) for row in rows]

    async def after(self, place: Place, up_to: Place, limit: int) -> list[Observation]:
        rows = await self.connection.fetch(
            "SELECT * FROM (SELECT DISTINCT ON (observed_at, source) observed_at, value, source"
            " FROM readings WHERE tenant = $1 AND kpi_id = $2"
            " AND observed_at >= $3 AND observed_at <= $5"
            " AND (observed_at, source) > ($3, $4) AND (observed_at, source) <= ($5, $6)"
            " AND ($8::timestamptz IS NULL OR received_at <= $8)"
            " ORDER BY observed_at, source, revision DESC) AS latest"
            " WHERE value IS NOT NULL ORDER BY observed_at, source LIMIT $7",
            self.tenant,
            self.kpi_id,
            *place,
            *up_to,
            limit,
            self.known_at,
        )
        return [Observation(*row) for row in rows]

    async def first(self) -> Place | None:
        row = await self.connection.fetchrow(
            "SELECT observed_at, source FROM readings WHERE tenant = $1 AND kpi_id = $2"
            " ORDER BY observed_at, source LIMIT 1",
            self.tenant,
            self.kpi_id,
        )
        return None if row is None else (row["observed_at"], row["source"])

    async def quiet(self, after: Place, until: datetime | None) -> datetime | None:  # noqa: ARG002 - every reading is judged, so none came after
        return until
