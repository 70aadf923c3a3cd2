"""A proposed policy and the ones in force, run over the same readings."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import asyncpg
from helmlog_events.store.postgres.connections import driver
from sqlalchemy.ext.asyncio import AsyncConnection

from kpi_service.application.analysis.database import read
from kpi_service.application.judging_periods import PAGE
from kpi_service.application.stored_periods import open_judged
from kpi_service.application.stored_readings import StoredReadings
from kpi_service.domain.backtest.refusals import (
    StretchTooLong,
    WindowOutside,
)
from kpi_service.domain.backtest.rehearsal import Rehearsal
from kpi_service.domain.backtest.tally import Tally, open_tally
from kpi_service.domain.backtest.windows import Window
from kpi_service.domain.kpi.state import KPI
from kpi_service.domain.stretches import StretchEmpty
from kpi_service.domain.threshold.observation import Observation, Place
from kpi_service.domain.threshold.policy import Policy

LONGEST: Final = timedelta(days=5 * 366)
MOST_READINGS: Final = 3_000_000
KEPT: Final = 500
"""Breaches of a policy that are listed; all are counted."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """The readings looked at: observed from `since` on, before `before`, known by `known_at`."""

    tenant: str
    kpi_id: UUID
    since: datetime
    before: datetime
    known_at: datetime | None

    def stream(
        self, connection: asyncpg.Connection, most: int
    ) -> AsyncIterator[Sequence[Observation]]:
        """Page by page, in order. Raises `TooManyReadings` beyond `most`."""
        readings = StoredReadings(connection, self.tenant, self.kpi_id, self.known_at)
        return readings.stream(self.since, self.before, most)


@dataclass(frozen=True, slots=True)
class Backtest:
    """A job for a process of its own."""

    url: str
    stretch: Stretch
    windows: tuple[Window, ...]
    proposed: tuple[Policy, ...]
    """In order of the time they hold from, as `current`."""
    current: tuple[Policy, ...]
    kpi: KPI | None = None
    """Needed where a policy judges by period."""

    def __call__(self) -> Backtested:
        return read(self.url, self._over)

    async def _over(self, connection: AsyncConnection) -> Backtested:
        stretch = self.stretch
        raw = await driver(connection)
        proposed, current = (
            open_tally(Rehearsal(some), stretch.since, stretch.before, self.windows, KEPT)
            for some in (self.proposed, self.current)
        )
        tallies = [(self.proposed, proposed), (self.current, current)]
        by_period = [(some, tally) for some, tally in tallies if _is_by_period(some)]
        by_reading = [tally for some, tally in tallies if not _is_by_period(some)]
        count = 0
        async for page in stretch.stream(raw, MOST_READINGS):
            count += len(page)
            for tally in by_reading:
                tally.take(page)
            for _, tally in by_period:
                tally.hear(page)
        for tally in by_reading:
            tally.finish()
        for some, tally in by_period:
            await self._judge(raw, some, tally)
        return Backtested(count, proposed, current)

    async def _judge(
        self, connection: asyncpg.Connection, policies: tuple[Policy, ...], tally: Tally
    ) -> None:
        """By period: those whose ends lie in the stretch, with all of their readings."""
        stretch = self.stretch
        if self.kpi is None:
            raise TypeError("a policy judges by period, and it is not said of which KPI")
        judged = await open_judged(connection, stretch.tenant, self.kpi, policies, stretch.known_at)
        place: Place = (stretch.since, "")
        more = True
        while more:
            page = await judged.series.after(place, (stretch.before, ""), PAGE)
            more = len(page) == PAGE
            tally.judge(page)
            place = page[-1].place if page else place
        tally.finish(await judged.series.quiet(place, stretch.before))


@dataclass(frozen=True, slots=True)
class Backtested:
    readings: int
    proposed: Tally
    current: Tally


def _is_by_period(policies: Sequence[Policy]) -> bool:
    return any(one.period is not None for one in policies)


def check_stretch(since: datetime, before: datetime) -> None:
    """Raises `StretchEmpty` or `StretchTooLong`."""
    if since >= before:
        raise StretchEmpty(since, before)
    if before - since > LONGEST:
        raise StretchTooLong(before - since, LONGEST)


def check_windows(windows: Sequence[Window], since: datetime, before: datetime) -> None:
    """Raises `WindowOutside`."""
    for place, window in enumerate(windows):
        if not since <= window.starts_at <= window.ends_at <= before:
            raise WindowOutside(place)
