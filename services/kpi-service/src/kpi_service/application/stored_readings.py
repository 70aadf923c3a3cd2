"""A KPI's readings as they are judged: in order, each place once, as they now stand."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

import asyncpg

from kpi_service.domain.backtest.refusals import TooManyReadings
from kpi_service.domain.threshold.observation import Observation, Place
from kpi_service.readmodel.counted_readings import OF_KPI, counted_between, known_by, latest

PAGE: Final = 10_000
_OBSERVATION: Final = "observed_at, value, source"
_BEFORE: Final = (
    latest(
        _OBSERVATION,
        "observed_at DESC",
        "source DESC",
        where=f"{OF_KPI} AND {known_by('$3')}"
        " AND observed_at <= $4 AND (observed_at, source) < ($4, $5)",
    )
    + " ORDER BY observed_at DESC, source DESC LIMIT $6"
)
_AFTER: Final = (
    latest(
        _OBSERVATION,
        "observed_at",
        "source",
        where=f"{OF_KPI} AND {known_by('$3')} AND observed_at >= $4 AND observed_at <= $6"
        " AND (observed_at, source) > ($4, $5) AND (observed_at, source) <= ($6, $7)",
    )
    + " ORDER BY observed_at, source LIMIT $8"
)


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
            _BEFORE, self.tenant, self.kpi_id, self.known_at, *place, limit
        )
        return [Observation(*row) for row in rows]

    async def after(self, place: Place, up_to: Place, limit: int) -> list[Observation]:
        rows = await self.connection.fetch(
            _AFTER, self.tenant, self.kpi_id, self.known_at, *place, *up_to, limit
        )
        return [Observation(*row) for row in rows]

    async def stream(
        self, since: datetime, before: datetime, most: int
    ) -> AsyncIterator[Sequence[Observation]]:
        """Those observed in `since..before`, page by page, so that memory does not grow with their
        number; all from one snapshot. Raises `TooManyReadings` beyond `most`.
        """
        known = () if self.known_at is None else (self.known_at,)
        counted = counted_between("$3", "$4", known=bool(known))
        count = 0
        async with self.connection.transaction(isolation="repeatable_read", readonly=True):
            cursor = await self.connection.cursor(
                f"SELECT {_OBSERVATION} FROM ({counted}) AS counted ORDER BY observed_at, source",
                self.tenant,
                self.kpi_id,
                since,
                before,
                *known,
            )
            while page := await cursor.fetch(PAGE):
                count += len(page)
                if count > most:
                    raise TooManyReadings(most)
                yield [Observation(*row) for row in page]

    async def first(self) -> Place | None:
        row = await self.connection.fetchrow(
            f"SELECT observed_at, source FROM readings WHERE {OF_KPI}"
            " ORDER BY observed_at, source LIMIT 1",
            self.tenant,
            self.kpi_id,
        )
        return None if row is None else (row["observed_at"], row["source"])

    async def quiet(self, after: Place, until: datetime | None) -> datetime | None:  # noqa: ARG002 - every reading is judged, so none came after
        return until
