"""The one connection a process appends through, and what happens when it breaks."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence

import asyncpg
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from helmlog_events.envelope import Appended
from helmlog_events.store.postgres.batch import Fate, call
from helmlog_events.store.postgres.connections import driver, is_connection_loss
from helmlog_events.store.protocol import StoreUnavailable
from helmlog_events.store.unit import Unit

_log = structlog.get_logger(__name__)
_FIRST_PAUSE = 0.02
_LONGEST_PAUSE = 0.5


class BatchWriter:
    """Commits batches; after a broken connection it finds out what was committed before it resends.

    An event's id is unique in the log, so even a batch that the server finishes behind our back
    can't stand twice.
    """

    def __init__(self, engine: AsyncEngine, *, patience: float = 10.0) -> None:
        self._engine = engine
        self._patience = patience
        self._connection: AsyncConnection | None = None

    async def commit(self, units: list[Unit]) -> list[Fate]:
        """Raises `StoreUnavailable` when the database stays away for longer than the patience."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self._patience
        pause = 0.0
        while True:
            try:
                return await self._attempt(units, resent=pause > 0)
            except Exception as error:
                duplicate = isinstance(error, asyncpg.UniqueViolationError) and pause > 0
                if not (duplicate or is_connection_loss(error)):
                    raise
                await self._drop()
                pause = min(max(_FIRST_PAUSE, pause * 2), _LONGEST_PAUSE)
                if loop.time() + pause > deadline:
                    raise StoreUnavailable(f"the database is away: {error!r}") from error
                _log.warning("append_retried", error=repr(error), pause=pause)
                await asyncio.sleep(pause)

    async def close(self) -> None:
        await self._drop()

    async def _attempt(self, units: list[Unit], *, resent: bool) -> list[Fate]:
        connection = await self._driver()
        if not resent:
            return await call(connection, units)
        standing = await _standing(connection, units)
        missing = [unit for unit, fate in zip(units, standing, strict=True) if fate is None]
        fates = iter(await call(connection, missing) if missing else [])
        merged = [fate or next(fates) for fate in standing]
        # The first try may have come through only now, and be what the second ran into.
        again = await _standing(connection, units)
        return [seen or fate for seen, fate in zip(again, merged, strict=True)]

    async def _driver(self) -> asyncpg.Connection:
        if self._connection is None:
            connection = self._engine.connect()
            await connection.start()
            self._connection = connection
        return await driver(self._connection)

    async def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(Exception):
                await connection.invalidate()
            with contextlib.suppress(Exception):
                await connection.close()


async def _standing(connection: asyncpg.Connection, units: Sequence[Unit]) -> list[Appended | None]:
    """Per unit, where it stands if it was committed; by the ids of its first and last event."""
    ids = [[row.event_id for rows in unit.rows for row in rows] for unit in units]
    ends = [(own[0], own[-1]) if own else (None, None) for own in ids]
    rows = await connection.fetch(
        "SELECT event_id, seq, recorded_at FROM event_log WHERE event_id = ANY($1::uuid[])",
        [event_id for pair in ends for event_id in pair if event_id is not None],
    )
    found = {row["event_id"]: row for row in rows}
    return [
        Appended(found[first]["seq"], found[last]["seq"], found[first]["recorded_at"])
        if first in found
        else None
        for first, last in ends
    ]
