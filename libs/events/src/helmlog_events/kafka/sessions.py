"""What one process may do at a time, by PostgreSQL session advisory locks."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Coroutine
from hashlib import sha256
from types import TracebackType
from typing import Any, Final, Self

import asyncpg
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from helmlog_events.kafka.bounds import result_of
from helmlog_events.store.postgres.connections import driver

_log = structlog.get_logger(__name__)
_PULSE: Final = 1.0
_PULSE_PATIENCE: Final = 5.0
# A peer that vanished without a word is given up after about five seconds, and its locks with it.
_SETTINGS: Final = (
    "SET tcp_keepalives_idle = 2; SET tcp_keepalives_interval = 1; SET tcp_keepalives_count = 3;"
    " SET lock_timeout = '2s'"
)


class SessionLost(Exception):
    """The connection that held the locks is gone, and so are the locks."""


def lock_key(*names: object) -> int:
    """A 64-bit key for an advisory lock."""
    digest = sha256("\x1f".join(map(str, names)).encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)


async def lead_by_turns(
    engine: AsyncEngine,
    name: str,
    lead: Callable[[LockSession], Coroutine[Any, Any, None]],
    *,
    standing_by: Callable[[], None] = lambda: None,
    stand_by_every: float,
    restart_after: float,
    restarts: str,
) -> None:
    """Runs `lead` whenever this process holds the lock `name`, until cancelled.

    When the leader dies, its lock falls with its session, and another process takes over within
    `stand_by_every` seconds. What ends `lead` is logged as `restarts`.
    """

    async def stand_by_and_lead(session: LockSession) -> None:
        # Waiting within pg_advisory_lock() would hold a snapshot, and vacuum back, all the while.
        while not await session.try_lock(lock_key(name)):
            standing_by()
            await asyncio.sleep(stand_by_every)
        await lead(session)

    while True:
        try:
            async with LockSession(engine) as session:
                await session.while_alive(stand_by_and_lead(session))
        except Exception as error:  # noqa: BLE001 - what is away comes back, or another leads now
            _log.warning(restarts, reason=repr(error))
        await asyncio.sleep(restart_after)


class LockSession:
    """A connection of its own, whose locks fall with it.

    What is written through it is written by the holder of the locks, by construction: both end
    with the same connection. Without `durable` its commits don't wait for the disk. Needs a real
    session: no transaction pooling in between.
    """

    def __init__(self, engine: AsyncEngine, *, durable: bool = True) -> None:
        self._engine = engine
        self._durable = durable
        self._connection: AsyncConnection | None = None
        self._lost = asyncio.Event()
        self._turn = asyncio.Lock()
        self._raw: asyncpg.Connection

    async def __aenter__(self) -> Self:
        connection = self._engine.connect()
        await connection.start()
        self._connection = connection
        self._raw = await driver(connection)
        self._raw.add_termination_listener(self._on_termination)
        await self._raw.execute(_SETTINGS)
        if not self._durable:
            await self._raw.execute("SET synchronous_commit = off")
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        connection, self._connection = self._connection, None
        if connection is None:
            return
        # Closed, never handed back to the pool: the locks would live on there.
        self._raw.remove_termination_listener(self._on_termination)
        with contextlib.suppress(Exception):
            await self._raw.close(timeout=2)
        with contextlib.suppress(Exception):
            await connection.invalidate()
        with contextlib.suppress(Exception):
            await connection.close()

    async def fetch(self, query: str, *arguments: object) -> list[asyncpg.Record]:
        """Runs a query of the holder; one at a time."""
        async with self._turn:
            rows: list[asyncpg.Record] = await self._raw.fetch(
                query, *arguments, timeout=_PULSE_PATIENCE
            )
            return rows

    async def try_lock(self, key: int) -> bool:
        rows = await self.fetch("SELECT pg_try_advisory_lock($1)", key)
        return bool(rows[0][0])

    async def unlock(self, key: int) -> None:
        await self.fetch("SELECT pg_advisory_unlock($1)", key)

    async def while_alive(self, work: Coroutine[Any, Any, None]) -> None:
        """Runs `work` and cancels it at once when the session dies; raises `SessionLost` then."""
        working = asyncio.create_task(work)
        watching = asyncio.create_task(self._watch())
        try:
            await asyncio.wait([working, watching], return_when=asyncio.FIRST_COMPLETED)
            if not working.done():
                raise SessionLost
            result_of(working)
        finally:
            for task in (working, watching):
                task.cancel()
            await asyncio.gather(working, watching, return_exceptions=True)

    async def _watch(self) -> None:
        # A closed connection is told at once; one that is merely dead only shows when it is used.
        while not self._lost.is_set():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_PULSE):
                    await self._lost.wait()
            try:
                await self.fetch("SELECT 1")
            except Exception:  # noqa: BLE001 - a session that can't answer is as good as lost
                return

    def _on_termination(self, _: Any) -> None:
        self._lost.set()
