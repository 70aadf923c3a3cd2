"""A proposed policy and the ones in force, run over the same readings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from helmlog_events.store.postgres.connections import driver
from sqlalchemy.ext.asyncio import AsyncConnection

from kpi_service.application.analysis.database import read
from kpi_service.domain.backtest.refusals import (
    StretchEmpty,
    StretchTooLong,
    TooManyReadings,
    WindowOutside,
)
from kpi_service.domain.backtest.rehearsal import Rehearsal
from kpi_service.domain.backtest.tally import Tally, open_tally
from kpi_service.domain.backtest.windows import Window
from kpi_service.domain.threshold.policy import Policy
from kpi_service.readmodel.observations import stream_observations

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


@dataclass(frozen=True, slots=True)
class Backtest:
    """A job for a process of its own."""

    url: str
    stretch: Stretch
    windows: tuple[Window, ...]
    proposed: tuple[Policy, ...]
    """In order of the time they hold from, as `current`."""
    current: tuple[Policy, ...]

    def __call__(self) -> Backtested:
        return read(self.url, self._over)

    async def _over(self, connection: AsyncConnection) -> Backtested:
        stretch = self.stretch
        tallies = [
            open_tally(
                Rehearsal(policies),
                stretch.since,
                stretch.before,
                self.windows,
                KEPT,
            )
            for policies in (self.proposed, self.current)
        ]
        count = 0
        async for page in stream_observations(
            await driver(connection),
            stretch.tenant,
            stretch.kpi_id,
            stretch.since,
            stretch.before,
            stretch.known_at,
        ):
            count += len(page)
            if count > MOST_READINGS:
                raise TooManyReadings(MOST_READINGS)
            for tally in tallies:
                tally.take(page)
        for tally in tallies:
            tally.finish()
        return Backtested(count, *tallies)


@dataclass(frozen=True, slots=True)
class Backtested:
    readings: int
    proposed: Tally
    current: Tally


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
