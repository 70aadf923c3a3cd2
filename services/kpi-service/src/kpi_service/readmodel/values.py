"""A KPI's values by period and its chart, each read in one snapshot, on a connection of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Final, NamedTuple

import asyncpg
from helmlog_events.contracts.kpi import Period
from helmlog_events.store.postgres.connections import driver
from sqlalchemy.ext.asyncio import AsyncEngine

from kpi_service.domain.charts import END, ORIGIN, bucket_for, buckets
from kpi_service.domain.kpi.state import KPI
from kpi_service.domain.periods import Calendar
from kpi_service.readmodel.charts import ChartPoint, observed_range, read_chart
from kpi_service.readmodel.fiscal_calendars import read_calendar
from kpi_service.readmodel.period_values import PeriodValue, read_values

_INSTANT: Final = timedelta(microseconds=1)
_FEWEST: Final = 32


class Window(NamedTuple):
    """Readings observed from `since` on, before `before` and by `valid_at`, known by `known_at`."""

    since: datetime | None = None
    before: datetime | None = None
    valid_at: datetime | None = None
    known_at: datetime | None = None

    @property
    def starts_at(self) -> datetime:
        return ORIGIN if self.since is None else self.since

    @property
    def ends_at(self) -> datetime:
        before = END if self.before is None else self.before
        return before if self.valid_at is None else min(before, _just_after(self.valid_at))


class Chart(NamedTuple):
    """`bucket` is none where nothing was observed."""

    bucket: timedelta | None
    points: list[ChartPoint]


@dataclass(frozen=True, slots=True)
class Values:
    engine: AsyncEngine

    async def by_period(
        self, tenant: str, kpi: KPI, period: Period, window: Window, limit: int
    ) -> list[PeriodValue]:
        """The first `limit` periods with readings that `window` touches, whole ones.

        But for the one of `valid_at`, which ends there. Raises `FiscalCalendarMissing`,
        `CalendarExceeded`.
        """
        found: list[PeriodValue] = []
        at_once = max(limit, _FEWEST)
        async with self._connected() as connection:
            calendar = await read_calendar(
                connection, tenant, kpi.definition, known_at=window.known_at
            )
            since, before = _whole(calendar, period, window)
            while len(found) < limit:
                observed = await observed_range(
                    connection,
                    tenant,
                    kpi.definition.kpi_id,
                    since,
                    before,
                    known_at=window.known_at,
                )
                if observed is None:
                    return found
                spans = calendar.spans(period, observed[0], _just_after(observed[1]))
                listed = list(islice(spans, at_once))
                found += await read_values(
                    connection,
                    tenant,
                    kpi,
                    listed,
                    valid_at=window.valid_at,
                    known_at=window.known_at,
                )
                since = listed[-1].ends_at
                at_once *= 2  # where readings are rare
        return found[:limit]

    async def calendar(self, tenant: str, kpi: KPI, known_at: datetime | None) -> Calendar:
        """How the KPI's time is cut, as it was known at `known_at`."""
        async with self.engine.connect() as sql:
            return await read_calendar(await driver(sql), tenant, kpi.definition, known_at=known_at)

    async def chart(
        self, tenant: str, kpi: KPI, window: Window, points: int, bucket: timedelta | None
    ) -> Chart:
        """Buckets of the length asked for, or of one that gives up to `points` of them.

        Raises `ChartTooFine`.
        """
        kpi_id = kpi.definition.kpi_id
        async with self._connected() as connection:
            observed = await observed_range(
                connection,
                tenant,
                kpi_id,
                window.starts_at,
                window.ends_at,
                known_at=window.known_at,
            )
            if observed is None:
                return Chart(bucket, [])
            since, before = observed[0], _just_after(observed[1])
            length = bucket or bucket_for(since, before, points)
            spans = buckets(length, since, before)
            found = await read_chart(
                connection, tenant, kpi_id, spans, since, before, known_at=window.known_at
            )
        return Chart(length, found)

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[asyncpg.Connection]:
        """What is read of one window belongs together, whatever comes in meanwhile."""
        async with self.engine.connect() as sql:
            connection = await driver(sql)
            async with connection.transaction(isolation="repeatable_read", readonly=True):
                yield connection


def _whole(calendar: Calendar, period: Period, window: Window) -> tuple[datetime, datetime]:
    """From the start of the first period that the window touches to the end of the last."""
    since, before = window.starts_at, window.ends_at
    if since >= before:
        return since, since
    if window.since is not None:
        since = calendar.span_of(period, since).starts_at
    if window.before is not None and window.before == before:
        before = calendar.span_of(period, before - _INSTANT).ends_at
    return since, before if window.valid_at is None else min(before, _just_after(window.valid_at))


def _just_after(moment: datetime) -> datetime:
    return moment if moment >= END else moment + _INSTANT
