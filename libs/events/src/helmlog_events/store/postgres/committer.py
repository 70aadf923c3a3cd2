"""Group commit: while one batch is at the database, the next ones gather."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog

from helmlog_events.store.postgres.batch import Fate
from helmlog_events.store.protocol import StoreUnavailable
from helmlog_events.store.unit import Resource, Unit

_log = structlog.get_logger(__name__)

Commit = Callable[[list[Unit]], Awaitable[list[Fate]]]


@dataclass(slots=True)
class _Waiting:
    unit: Unit
    fate: asyncio.Future[Fate]


class GroupCommitter:
    """Hands appends to `commit` in batches, one batch at a time, with no timer and no added delay.

    A batch holds no stream and no idempotency key twice, so that each append's expectation is
    checked against what was committed, never against a neighbour. A caller that is cancelled while
    waiting is dropped; one that is cancelled in flight is not listened to any more; in neither case
    does a neighbour notice.
    """

    def __init__(self, commit: Commit, *, max_events: int = 2_000) -> None:
        self._commit = commit
        self._max_events = max_events
        self._queue: deque[_Waiting] = deque()
        self._running: asyncio.Task[None] | None = None
        self._closed = False

    async def submit(self, unit: Unit) -> Fate:
        if self._closed:
            raise StoreUnavailable("the store is closed")
        waiting = _Waiting(unit, asyncio.get_running_loop().create_future())
        self._queue.append(waiting)
        if self._running is None:
            self._running = asyncio.create_task(self._drain(), name="group-commit")
        return await waiting.fate

    async def close(self) -> None:
        """Refuses new appends and waits for those under way."""
        self._closed = True
        while self._running is not None:
            with contextlib.suppress(Exception):
                await asyncio.shield(self._running)

    async def _drain(self) -> None:
        try:
            while batch := self._gather():
                await self._settle(batch)
        finally:
            self._running = None

    def _gather(self) -> list[_Waiting]:
        batch: list[_Waiting] = []
        later: list[_Waiting] = []
        taken: set[Resource] = set()
        rested_on: set[Resource] = set()
        size = 0
        while self._queue and size < self._max_events:
            waiting = self._queue.popleft()
            if waiting.fate.cancelled():
                continue
            # What waits for a neighbour's stream also holds back those behind it on that stream.
            clash = waiting.unit.clashes_with(taken, rested_on)
            taken |= waiting.unit.takes
            rested_on |= waiting.unit.rests_on
            if clash:
                later.append(waiting)
                continue
            batch.append(waiting)
            size += waiting.unit.size
        self._queue.extendleft(reversed(later))
        return batch

    async def _settle(self, batch: list[_Waiting]) -> None:
        try:
            fates = await self._commit([waiting.unit for waiting in batch])
        except asyncio.CancelledError:
            for waiting in (*batch, *self._queue):
                waiting.fate.cancel()
            self._queue.clear()
            raise
        except Exception as error:  # noqa: BLE001 - it belongs to the callers, and the queue goes on
            if len(batch) > 1 and not isinstance(error, StoreUnavailable):
                # One of them can't be written; each alone shows which.
                _log.warning("batch_split", size=len(batch), error=repr(error))
                for waiting in batch:
                    await self._settle([waiting])
                return
            for waiting in batch:
                if not waiting.fate.done():
                    waiting.fate.set_exception(error)
            return
        for waiting, fate in zip(batch, fates, strict=True):
            if not waiting.fate.done():
                waiting.fate.set_result(fate)
