"""A KPI's readings, and what its periods come to, where its policies judge by period."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import asyncpg

from kpi_service.application.judged_series import JudgedSeries
from kpi_service.application.stored_readings import StoredReadings
from kpi_service.domain.kpi.state import KPI
from kpi_service.domain.periods import Calendar, Span
from kpi_service.domain.threshold.cut import Cut
from kpi_service.domain.threshold.observation import Observation, Place
from kpi_service.domain.threshold.policy import Policy
from kpi_service.domain.threshold.timeline import Timeline
from kpi_service.readmodel.counted_readings import OF_KPI, known_by, latest
from kpi_service.readmodel.fiscal_calendars import read_calendar
from kpi_service.readmodel.period_values import read_values

_WITHIN: Final = f"{OF_KPI} AND observed_at >= $3 AND observed_at < $4 AND {known_by('$5')}"
_FOLLOWING: Final = latest(
    "observed_at, value",
    "observed_at",
    where=f"{OF_KPI} AND readings.source = changed.source"
    " AND readings.observed_at > changed.observed_at",
)


@dataclass(frozen=True, slots=True)
class StoredPeriods:
    """What is stored of one KPI, as of `known_at`."""

    connection: asyncpg.Connection
    tenant: str
    kpi: KPI
    calendar: Calendar
    known_at: datetime | None = None

    @property
    def readings(self) -> StoredReadings:
        kpi_id = self.kpi.definition.kpi_id
        return StoredReadings(self.connection, self.tenant, kpi_id, self.known_at)

    async def before(self, place: Place, limit: int) -> list[Observation]:
        return await self.readings.before(place, limit)

    async def after(self, place: Place, up_to: Place, limit: int) -> list[Observation]:
        return await self.readings.after(place, up_to, limit)

    async def first(self) -> Place | None:
        return await self.readings.first()

    async def first_in(self, since: datetime, before: datetime) -> datetime | None:
        return await self._observed_at("ASC", since, before)

    async def last_in(self, since: datetime, before: datetime) -> datetime | None:
        return await self._observed_at("DESC", since, before)

    async def values(self, spans: Sequence[Span]) -> list[tuple[Span, Observation]]:
        found = await read_values(
            self.connection, self.tenant, self.kpi, spans, known_at=self.known_at
        )
        return [
            (one.span, Observation(one.span.ends_at, one.value, since=one.first_observed_at))
            for one in found
        ]

    async def following(self, places: Sequence[Place]) -> list[Place]:
        """Of each, the next reading of the same source that has a value: a counter's rise there is
        counted from it.
        """
        rows = await self.connection.fetch(
            "SELECT DISTINCT followed.observed_at, changed.source"
            " FROM unnest($3::timestamptz[], $4::text[]) AS changed (observed_at, source)"
            f" CROSS JOIN LATERAL ({_FOLLOWING} ORDER BY observed_at LIMIT 1) AS followed"
            " ORDER BY followed.observed_at, changed.source",
            self.tenant,
            self.kpi.definition.kpi_id,
            [observed_at for observed_at, _ in places],
            [source for _, source in places],
        )
        return [(row["observed_at"], row["source"]) for row in rows]

    async def kept_since(self) -> datetime | None:
        """When the first month begins that was not put away, if any was."""
        month: datetime | None = await self.connection.fetchval(
            "SELECT (max(month) + interval '1 month') AT TIME ZONE 'UTC'"
            " FROM readings_months_detached"
        )
        return month

    async def _observed_at(self, order: str, since: datetime, before: datetime) -> datetime | None:
        found: datetime | None = await self.connection.fetchval(
            f"SELECT observed_at FROM readings WHERE {_WITHIN}"
            f" ORDER BY observed_at {order} LIMIT 1",
            self.tenant,
            self.kpi.definition.kpi_id,
            since,
            before,
            self.known_at,
        )
        return found


@dataclass(frozen=True, slots=True)
class Judged:
    """What is judged of a KPI by `policies`, and how its time is cut for that."""

    stored: StoredPeriods
    series: JudgedSeries
    cut: Cut
    cut_by: str
    """Tells one way of making periods' values from another."""


async def open_judged(
    connection: asyncpg.Connection,
    tenant: str,
    kpi: KPI,
    policies: Sequence[Policy],
    known_at: datetime | None = None,
) -> Judged:
    calendar = await read_calendar(connection, tenant, kpi.definition, known_at=known_at)
    stored = StoredPeriods(connection, tenant, kpi, calendar, known_at)
    cut = Cut(policies, calendar)
    series = JudgedSeries(stored, cut, Timeline(policies).heeds_silence, await stored.kept_since())
    return Judged(stored, series, cut, _cut_by(calendar))


def _cut_by(calendar: Calendar) -> str:
    """All else that cuts periods, or makes their values, stays as it was defined."""
    fiscal = calendar.fiscal
    return "" if fiscal is None else fiscal.model_dump_json()
