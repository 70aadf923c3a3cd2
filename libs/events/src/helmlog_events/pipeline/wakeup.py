from __future__ import annotations

import asyncio
import contextlib
from typing import Any

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from helmlog_events.store.postgres.announce import CHANNEL
from helmlog_events.store.postgres.connections import driver

_log = structlog.get_logger(__name__)


class Wakeup:
    """Wakes a follower when the log grew.

    It may wake for nothing, and misses nothing for longer than the timeout of `wait`: whoever waits
    looks for itself.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._grew = asyncio.Event()
        self._connection: AsyncConnection | None = None

    async def wait(self, timeout: float) -> None:  # noqa: ASYNC109 - giving up waiting is not an error here
        """Returns when the log grew since the last call, or after `timeout` seconds."""
        await self._listen()
        # Not by wait_for: before Python 3.12 it forgets a cancellation that meets its outcome.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout):
                await self._grew.wait()
        self._grew.clear()

    async def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            # A connection that listens must not go back to the pool.
            with contextlib.suppress(Exception):
                await connection.invalidate()
            with contextlib.suppress(Exception):
                await connection.close()

    async def _listen(self) -> None:
        if self._connection is not None and not (await driver(self._connection)).is_closed():
            return
        await self.close()
        try:
            connection = self._engine.connect()
            await connection.start()
            self._connection = connection
            await (await driver(connection)).add_listener(CHANNEL, self._on_notify)
        except Exception as error:  # noqa: BLE001 - polling goes on, and the reader meets the outage
            _log.info("wakeup_polls", error=repr(error))
            await self.close()
            await asyncio.sleep(0.1)

    def _on_notify(self, *_: Any) -> None:
        self._grew.set()
