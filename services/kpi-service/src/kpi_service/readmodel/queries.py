"""What the API reads besides streams."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Select, select, tuple_
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncEngine

from kpi_service.readmodel.measured import measurements
from kpi_service.readmodel.moments import UNMEASURED, Measurement, Moment
from kpi_service.readmodel.tables import readings


@dataclass(frozen=True, slots=True)
class Queries:
    engine: AsyncEngine

    async def measurement(self, tenant: str, kpi_id: UUID, moment: Moment) -> Measurement:
        async with self.engine.connect() as sql:
            return (await measurements(sql, tenant, [kpi_id], moment)).get(kpi_id, UNMEASURED)

    async def list_readings(
        self, tenant: str, kpi_id: UUID, wanted: ReadingsQuery
    ) -> Sequence[Any]:
        """In order of time; of each instant and source the latest revision known, or all."""
        columns = readings.c
        query = select(
            columns.observed_at,
            columns.source,
            columns.revision,
            columns.value,
            columns.received_at,
            columns.external_id,
        ).where(columns.tenant == tenant, columns.kpi_id == kpi_id)
        if wanted.since is not None:
            query = query.where(columns.observed_at >= wanted.since)
        if wanted.until is not None:
            query = query.where(columns.observed_at <= wanted.until)
        if wanted.before is not None:
            query = query.where(columns.observed_at < wanted.before)
        if wanted.known_at is not None:
            query = query.where(columns.received_at <= wanted.known_at)
        if wanted.after is not None:
            place = [columns.observed_at, columns.source]
            if wanted.all_revisions:
                place.append(columns.revision)
            query = query.where(tuple_(*place) > wanted.after[: len(place)])
        if wanted.all_revisions:
            query = query.order_by(columns.observed_at, columns.source, columns.revision)
        else:
            query = query.ext(distinct_on(columns.observed_at, columns.source)).order_by(
                columns.observed_at, columns.source, columns.revision.desc()
            )
        return await self._fetch(query.limit(wanted.limit))

    async def _fetch(self, query: Select[Any]) -> Sequence[Any]:
        async with self.engine.connect() as sql:
            result = await sql.execute(query)
            return list(result.all())


class ReadingsQuery(NamedTuple):
    """`since` and `until` are inclusive, `before` is not; `after` is the last place of a page."""

    since: datetime | None = None
    until: datetime | None = None
    before: datetime | None = None
    known_at: datetime | None = None
    all_revisions: bool = False
    after: tuple[datetime, str, int] | None = None
    limit: int = 100
