"""A KPI's values by period and its chart, each read in one snapshot, on a connection of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from itertools import islice
from typing import Final, NamedTuple

import asyncpg
from helmlog_events.contracts.kpi import Period
from helmlog_events.store.postgres.connections import driver
from sqlalchemy.ext.asyncio import AsyncEngine

from kpi_service.domain.charts import END, ORIGIN, bucket_for, buckets
from kpi_service.domain.kpi.state import KPI
from kpi_service.domain.periods import Calendar, Span
from kpi_service.readmodel.charts import ChartPoint, observed_range, read_chart
from kpi_service.readmodel.fiscal_calendars import read_calendar
from kpi_service.readmodel.known_kpis import KnownKPIs
from kpi_service.readmodel.moments import Moment
from kpi_service.readmodel.period_values import PeriodValue, read_values
from kpi_service.readmodel.running import RunningPeriods, RunningValue

_INSTANT: Final = timedelta(microseconds=1)
_FEWEST: Final = 32


class Window(NamedTuple):
    """Readings observed from `since` on, before `before` and, if given, by the moment's `valid_at`;
    known by its `known_at`.
    """

    moment: Moment
    since: datetime | None = None
    before: datetime | None = None

    @property
    def valid_at(self) -> datetime | None:
        return self.moment.valid_at

    @property
    def known_at(self) -> datetime | None:
        return self.moment.known_at

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
        self, tenant: str, kpi: KPI, period: Period, window: Window, limit: int, now: datetime
    ) -> list[PeriodValue | RunningValue]:
        """The first `limit` periods with readings that `window` touches, whole ones.

        But for the one of `valid_at`, which ends there. Of a derived KPI also the one that runs by
        its formula, at the moment asked for or `now`, whichever is first. Raises
        `FiscalCalendarMissing`, `CalendarExceeded`.
        """
        async with self._connected() as connection:
            known = KnownKPIs(connection, tenant, window.known_at, window.moment.up_to_seq)
            calendar = await known.calendar(kpi)
            since, before = _whole(calendar, period, window)
            spans = partial(calendar.spans, period)
            # One more than asked for, as one of them may give way.
            recorded = await _recorded(known, kpi, spans, since, before, window.valid_at, limit + 1)
            running = await _running(known, kpi, period, window, now)
            if running is None or not since <= running.span.starts_at < before:
                return [*recorded[:limit]]
        shown: list[PeriodValue | RunningValue] = [
            one for one in recorded if one.span != running.span
        ]
        if not running.is_silent:
            shown.append(running)
        return sorted(shown, key=_starts_at)[:limit]

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


async def _recorded(
    known: KnownKPIs,
    kpi: KPI,
    spans: Callable[[datetime, datetime], Iterator[Span]],
    since: datetime,
    before: datetime,
    valid_at: datetime | None,
    limit: int,
) -> list[PeriodValue]:
    found: list[PeriodValue] = []
    at_once = max(limit, _FEWEST)
    of_kpi = (known.connection, known.tenant, kpi.definition.kpi_id)
    while len(found) < limit:
        observed = await observed_range(*of_kpi, since, before, known_at=known.known_at)
        if observed is None:
            break
        listed = list(islice(spans(observed[0], _just_after(observed[1])), at_once))
        found += await read_values(
            known.connection,
            known.tenant,
            kpi,
            listed,
            valid_at=valid_at,
            known_at=known.known_at,
        )
        since = listed[-1].ends_at
        at_once *= 2  # where readings are rare
    return found[:limit]


async def _running(
    known: KnownKPIs, kpi: KPI, period: Period, window: Window, now: datetime
) -> RunningValue | None:
    """It takes the place of what is recorded of its period: that, if the period ran in the past,
    is made of later readings too.
    """
    if all(formula.period != period for formula in kpi.formulas):
        return None
    at = min(now, window.moment.at, window.known_at or now)
    running = await RunningPeriods(known, at, window.valid_at).value_of(kpi)
    return running if running is not None and running.period == period else None


def _starts_at(one: PeriodValue | RunningValue) -> datetime:
    return one.span.starts_at


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
