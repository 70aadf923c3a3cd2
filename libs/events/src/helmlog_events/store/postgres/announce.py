"""Tells followers of the log that it grew, without slowing who made it grow."""

from __future__ import annotations

import asyncio
import contextlib

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from helmlog_events.store.postgres.connections import driver

CHANNEL = "helmlog_log"
_SPACING = 0.003
_log = structlog.get_logger(__name__)


class Announcer:
    """Sends NOTIFY after commits, in transactions of its own, at most every few milliseconds.

    Inside the append's transaction it would serialise commits across the cluster. A lost
    notification costs a follower one polling interval, nothing else.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._grew = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def announce(self) -> None:
        self._grew.set()
        if self._task is None:
            self._task = asyncio.create_task(self._run(), name="announcer")

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _run(self) -> None:
        while True:
            try:
                async with self._engine.connect() as connection:
                    raw = await driver(connection)
                    await raw.execute("SET synchronous_commit = off")  # nothing here is kept
                    while True:
                        await self._grew.wait()
                        self._grew.clear()
                        await raw.execute(f"NOTIFY {CHANNEL}")
                        await asyncio.sleep(_SPACING)
            except Exception as error:  # noqa: BLE001 - followers poll meanwhile
                _log.info("announcer_reconnects", error=repr(error))
                await asyncio.sleep(0.5)
