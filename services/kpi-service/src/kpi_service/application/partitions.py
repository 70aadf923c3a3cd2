"""A partition a month, made before the first reading of that month comes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from helmlog_events.store.postgres.connections import driver
from sqlalchemy.ext.asyncio import AsyncEngine


class Partitions:
    """Remembers which months have one; the database makes the missing ones."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._ready: set[tuple[int, int]] = set()

    async def ensure(self, moments: Iterable[datetime]) -> None:
        """Makes what is missing, in transactions of their own.

        To be called before a batch's transaction touches the table: making a partition waits for
        other makers, and a batch must not wait for them while others wait for it.
        """
        missing = {(moment.year, moment.month) for moment in moments} - self._ready
        if not missing:
            return
        async with self._engine.connect() as connection:
            raw = await driver(connection)
            for year, month in sorted(missing):
                await raw.execute("SELECT ensure_readings_partition($1)", date(year, month, 1))
                self._ready.add((year, month))
