"""A partition a month, made before the first reading of that month comes."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import date, datetime
from typing import Final, TypeVar

import structlog
from helmlog_events import clock
from helmlog_events.store.postgres.connections import driver
from sqlalchemy.ext.asyncio import AsyncEngine

from kpi_service.application.rows import Rejected, without
from kpi_service.domain.readings.reading import Lot

T = TypeVar("T")
Month = tuple[int, int]
"""Year and month, in UTC."""

_AHEAD: Final = 3
_TRIES: Final = 3
_LOOK_EVERY: Final = 3600.0
_log = structlog.get_logger(__name__)


class MonthPutAway(Exception):
    """One of the batch's months was put away since it was last seen; nothing was written."""


class Partitions:
    """Remembers which months have one; the database makes the missing ones."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._ready: set[Month] = set()

    async def ensure(self, moments: Iterable[datetime]) -> frozenset[Month]:
        """Makes what is missing, in transactions of their own; returns the months put away.

        To be called before a batch's transaction touches the table: making a partition waits for
        other makers, and a batch must not wait for them while others wait for it.
        """
        missing = {month_of(moment) for moment in moments} - self._ready
        if not missing:
            return frozenset()
        return frozenset([month for month in sorted(missing) if not await self._is_there(month)])

    async def admit(self, lots: Sequence[Lot]) -> tuple[Sequence[Lot], list[Rejected]]:
        """As `ensure`; the readings of months that were put away are rejected."""
        # Thousands of instants lie in one or two months: one of each is enough.
        months = {one.spelled_at[:7]: one.observed_at for lot in lots for one in lot.readings}
        put_away = await self.ensure(months.values())
        if not put_away:
            return lots, []
        return without(lots, lambda _, one: _put_away(month_of(one.observed_at), put_away))

    async def taking(self, take: Callable[[], Awaitable[T]]) -> T:
        """Runs `take`, and again if another process has put one of its months away since.

        `take` asks what is put away by `admit` or `ensure`, each time it is run.
        """
        for _ in range(_TRIES - 1):
            try:
                return await take()
            except MonthPutAway:
                self.forget()
        return await take()

    def forget(self) -> None:
        """Another process may have put a month away since."""
        self._ready.clear()

    async def keep_ahead(self) -> None:
        """Makes the partitions of this month and the next ones, until cancelled."""
        while True:
            try:
                await self.make_ahead(clock.now())
            except Exception as error:  # noqa: BLE001 - the database is away; there are months of time
                _log.warning("partitions_retried", error=repr(error))
                await asyncio.sleep(1.0)
            else:
                await asyncio.sleep(_LOOK_EVERY)

    async def make_ahead(self, now: datetime) -> frozenset[Month]:
        """As `ensure`, for the month of `now` and the next ones."""
        months = [divmod(now.month - 1 + ahead, 12) for ahead in range(_AHEAD)]
        return await self.ensure(
            now.replace(year=now.year + years, month=month + 1, day=1) for years, month in months
        )

    async def _is_there(self, month: Month) -> bool:
        async with self._engine.connect() as connection:
            raw = await driver(connection)
            made = await raw.fetchval("SELECT ensure_readings_partition($1)", date(*month, 1))
        if made:
            self._ready.add(month)
        return bool(made)


def _put_away(month: Month, put_away: frozenset[Month]) -> str | None:
    if month not in put_away:
        return None
    return f"the readings of {month[0]:04}-{month[1]:02} were put away"


def month_of(moment: datetime) -> Month:
    """`moment` is in UTC."""
    return moment.year, moment.month
