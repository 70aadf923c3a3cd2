"""The list of sources, made from the log; and the series that a remote write could not place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple, cast
from uuid import UUID

import orjson
from helmlog_events.clock import rfc3339
from helmlog_events.contracts import REGISTRY
from helmlog_events.contracts.kpi import SourceRegistered
from helmlog_events.envelope import RecordedEvent, SourcedEvent
from sqlalchemy import Table, select, text, update
from sqlalchemy import cast as sql_cast
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from kpi_service.domain.source.events import SourceEvent
from kpi_service.domain.source.history import DatedEvent, SourceView, view_at
from kpi_service.readmodel.projections import SOURCE
from kpi_service.readmodel.tables import sources as listed
from kpi_service.readmodel.tables import unmapped_series

MOST_UNMAPPED: Final = 50
"""How many of the series that are no KPI are kept a source."""

_TELLING: Final = frozenset(
    {"SourceRegistered", "SourceRevised", "SourceKeyRotated", "SourceRevoked"}
)


class SourceList:
    """One row a source, with all its events: they tell it as of any moment."""

    name = "source_list"
    sources = frozenset({SOURCE})
    tables: Sequence[Table] = (listed,)

    async def apply(self, sql: AsyncConnection, events: Sequence[SourcedEvent]) -> None:
        for _, record in events:
            if record.type not in _TELLING:
                continue
            event = cast("SourceEvent", record.event)
            if isinstance(event, SourceRegistered):
                await sql.execute(
                    insert(listed).values(
                        tenant=record.tenant,
                        source_id=event.source_id,
                        name=event.name,
                        events=[_kept(record)],
                    )
                )
            else:
                await sql.execute(
                    update(listed)
                    .where(listed.c.tenant == record.tenant, listed.c.source_id == event.source_id)
                    .values(events=listed.c.events + sql_cast([_kept(record)], JSONB))
                )


class UnmappedSeries(NamedTuple):
    """The latest that were found to be no KPI, each by its labels, the newest first."""

    series: Sequence[Mapping[str, str]]
    noted_at: datetime | None


@dataclass(frozen=True, slots=True)
class SourceQueries:
    engine: AsyncEngine

    async def list_sources(
        self,
        tenant: str,
        name: str | None,
        valid_at: datetime | None,
        known_at: datetime | None,
        after: UUID | None,
        limit: int,
    ) -> tuple[list[SourceView], UUID | None]:
        """Up to `limit` in the order of their registration, and where the next page begins."""
        query = select(listed).where(listed.c.tenant == tenant).order_by(listed.c.source_id)
        if name is not None:
            query = query.where(listed.c.name == name)
        if after is not None:
            query = query.where(listed.c.source_id > after)
        async with self.engine.connect() as sql:
            rows = (await sql.execute(query.limit(limit + 1))).all()
        views = (view_at(map(_told, row.events), valid_at, known_at) for row in rows[:limit])
        following = rows[limit - 1].source_id if rows[limit:] else None
        return [view for view in views if view is not None], following

    async def unmapped(self, tenant: str, source_id: UUID) -> UnmappedSeries:
        query = select(unmapped_series).where(
            unmapped_series.c.tenant == tenant, unmapped_series.c.source_id == source_id
        )
        async with self.engine.connect() as sql:
            row = (await sql.execute(query)).one_or_none()
        if row is None:
            return UnmappedSeries([], None)
        return UnmappedSeries([orjson.loads(one) for one in row.series], row.noted_at)

    async def note_unmapped(
        self, tenant: str, source_id: UUID, series: Sequence[Mapping[str, str]], at: datetime
    ) -> None:
        """Keeps the newest `MOST_UNMAPPED`, of all processes together; they are no part of what
        happened, and not in the log.
        """
        statement = text(
            "INSERT INTO unmapped_series (tenant, source_id, series, noted_at)"
            " VALUES (:tenant, :source_id, :series, :at)"
            " ON CONFLICT (tenant, source_id) DO UPDATE SET noted_at = excluded.noted_at,"
            " series = (SELECT array_agg(one ORDER BY place) FROM"
            " (SELECT one, min(place) AS place"
            " FROM unnest(excluded.series || unmapped_series.series)"
            " WITH ORDINALITY AS every (one, place)"
            f" GROUP BY one ORDER BY 2 LIMIT {MOST_UNMAPPED}) AS kept)"
        )
        told = [orjson.dumps(one, option=orjson.OPT_SORT_KEYS).decode() for one in series]
        async with self.engine.begin() as sql:
            await sql.execute(
                statement,
                {
                    "tenant": tenant,
                    "source_id": source_id,
                    "series": told[:MOST_UNMAPPED],
                    "at": at,
                },
            )


def _kept(record: RecordedEvent) -> list[Any]:
    return [
        record.type,
        record.schema_version,
        orjson.loads(record.data),
        rfc3339(record.occurred_at),
        rfc3339(record.recorded_at),
    ]


def _told(kept: Sequence[Any]) -> DatedEvent:
    name, version, data, occurred_at, recorded_at = kept
    return DatedEvent(
        cast("SourceEvent", REGISTRY.read(name, version, orjson.dumps(data))),
        datetime.fromisoformat(occurred_at),
        datetime.fromisoformat(recorded_at),
    )
