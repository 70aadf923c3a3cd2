"""What the API reads besides streams."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple, cast
from uuid import UUID

import orjson
from helmlog_events.contracts import REGISTRY
from sqlalchemy import Select, and_, select, tuple_
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncEngine

from kpi_service.domain.kpi.events import KPIEvent
from kpi_service.domain.kpi.state import KPI, fold
from kpi_service.domain.threshold.as_json import state_from_json
from kpi_service.domain.threshold.state import open_breach, state_name
from kpi_service.readmodel.moments import (
    UNMEASURED,
    BreachView,
    Measurement,
    breach_at,
    state_of,
)
from kpi_service.readmodel.tables import breaches, kpi_state, kpis, readings


class ListedKPI(NamedTuple):
    kpi: KPI
    version: int
    measurement: Measurement


@dataclass(frozen=True, slots=True)
class Queries:
    engine: AsyncEngine

    async def list_kpis(
        self, tenant: str, filters: Mapping[str, Any], after: UUID | None, limit: int
    ) -> list[ListedKPI]:
        """Up to `limit` KPIs in order of their ids, so of their definition; filters by column."""
        query = (
            select(kpis, kpi_state.c.value, kpi_state.c.observed_at, kpi_state.c.threshold)
            .select_from(
                kpis.outerjoin(
                    kpi_state,
                    and_(kpi_state.c.tenant == kpis.c.tenant, kpi_state.c.kpi_id == kpis.c.kpi_id),
                )
            )
            .where(kpis.c.tenant == tenant)
            .order_by(kpis.c.kpi_id)
            .limit(limit)
        )
        for column, wanted in filters.items():
            query = query.where(kpis.c[column] == wanted)
        if after is not None:
            query = query.where(kpis.c.kpi_id > after)
        return [_listed(row) for row in await self._fetch(query)]

    async def measurement(self, tenant: str, kpi_id: UUID) -> Measurement:
        """As ingestion has left it, committed: never stale."""
        query = select(kpi_state).where(kpi_state.c.tenant == tenant, kpi_state.c.kpi_id == kpi_id)
        rows = await self._fetch(query)
        return measurement_of(rows[0]) if rows else UNMEASURED

    async def measurement_at(
        self, tenant: str, kpi_id: UUID, valid_at: datetime | None, known_at: datetime | None
    ) -> Measurement:
        """The newest value observed by `valid_at`, and the breach then, as known at `known_at`."""
        newest, open_then = await asyncio.gather(
            self.list_readings(
                tenant, kpi_id, ReadingsQuery(until=valid_at, known_at=known_at), newest_first=True
            ),
            self.list_breaches(tenant, kpi_id, valid_at, known_at),
        )
        state, severity = state_of(open_then)
        if not newest:
            return Measurement(state=state, severity=severity)
        return Measurement(newest[0].value, newest[0].observed_at, state, severity)

    async def list_readings(
        self, tenant: str, kpi_id: UUID, wanted: ReadingsQuery, *, newest_first: bool = False
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
        if newest_first:
            order = (columns.observed_at.desc(), columns.source.desc(), columns.revision.desc())
            return await self._fetch(query.order_by(*order).limit(1))
        if wanted.all_revisions:
            query = query.order_by(columns.observed_at, columns.source, columns.revision)
        else:
            query = query.ext(distinct_on(columns.observed_at, columns.source)).order_by(
                columns.observed_at, columns.source, columns.revision.desc()
            )
        return await self._fetch(query.limit(wanted.limit))

    async def list_breaches(
        self,
        tenant: str,
        kpi_id: UUID,
        valid_at: datetime | None = None,
        known_at: datetime | None = None,
        *,
        after: tuple[datetime, UUID] | None = None,
        limit: int | None = None,
    ) -> list[BreachView]:
        """In order of their opening, as they were at that moment."""
        place = (breaches.c.opened_at, breaches.c.breach_id)
        query = (
            select(breaches)
            .where(breaches.c.tenant == tenant, breaches.c.kpi_id == kpi_id)
            .order_by(*place)
        )
        if valid_at is not None:
            query = query.where(breaches.c.opened_at <= valid_at)
        if known_at is not None:
            query = query.where(breaches.c.announced_at <= known_at)
        if after is not None:
            query = query.where(tuple_(*place) > after)
        if limit is not None:
            query = query.limit(limit)
        views = [breach_at(row, valid_at, known_at) for row in await self._fetch(query)]
        return [view for view in views if view is not None]

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


def _listed(row: Any) -> ListedKPI:
    events = (
        cast("KPIEvent", REGISTRY.read(name, version, orjson.dumps(data)))
        for name, version, data in row.events
    )
    kpi = fold(events)
    if not isinstance(kpi, KPI):
        raise TypeError(f"the row of {row.kpi_id} begins with no definition")
    return ListedKPI(kpi, row.version, UNMEASURED if row.threshold is None else measurement_of(row))


def measurement_of(row: Any) -> Measurement:
    state = state_from_json(orjson.dumps(row.threshold).decode())
    breach = open_breach(state)
    return Measurement(
        cast("Decimal | None", row.value),
        row.observed_at,
        state_name(state),
        None if breach is None else breach.severity,
    )
