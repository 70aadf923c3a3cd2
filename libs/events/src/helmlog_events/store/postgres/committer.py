"""Group commit: while one batch is at the database, the next ones gather."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import structlog

from helmlog_events.store.postgres.batch import Fate
from helmlog_events.store.protocol import StoreUnavailable
from helmlog_events.store.unit import Resource, Unit

_log = structlog.get_logger(__name__)

_WORTH_SHARING = 4
Commit = Callable[[list[Unit]], Awaitable[list[Fate]]]


@dataclass(slots=True)
class _Waiting:
    unit: Unit
    fate: asyncio.Future[Fate]


class GroupCommitter:
    """Hands appends to `lanes` in batches, one batch a lane at a time; no timer, no added delay.

    Two lanes keep both sides busy: while the database works on one batch, the callers of the other
    prepare what they append next. The log's lock puts them in order.

    A batch holds no stream and no idempotency key twice, so that each append's expectation is
    checked against what was committed, never against a neighbour. A caller that is cancelled while
    waiting is dropped; one that is cancelled in flight is not listened to any more; in neither case
    does a neighbour notice.
    """

    def __init__(self, lanes: Sequence[Commit], *, max_events: int = 2_000) -> None:
        self._idle = list(lanes)
        self._max_events = max_events
        self._queue: deque[_Waiting] = deque()
        self._running: set[asyncio.Task[None]] = set()
        self._woken = 0
        self._closed = False

    async def submit(self, unit: Unit) -> Fate:
        if self._closed:
            raise StoreUnavailable("the store is closed")
        waiting = _Waiting(unit, asyncio.get_running_loop().create_future())
        self._queue.append(waiting)
        if self._idle:
            self._woken += 1
            task = asyncio.create_task(self._drain(self._idle.pop()), name="group-commit")
            self._running.add(task)
            task.add_done_callback(self._running.discard)
        return await waiting.fate

    async def close(self) -> None:
        """Refuses new appends and waits for those under way."""
        self._closed = True
        while self._running:
            await asyncio.wait(self._running)

    async def _drain(self, commit: Commit) -> None:
        self._woken -= 1
        try:
            while batch := self._gather():
                await self._settle(commit, batch)
        finally:
            self._idle.append(commit)

    def _gather(self) -> list[_Waiting]:
        batch: list[_Waiting] = []
        later: list[_Waiting] = []
        taken: set[Resource] = set()
        rested_on: set[Resource] = set()
        size = 0
        # Lanes that set out together share what waits; else one would take it all, and the database
        # and the callers would wait for each other in turns.
        share = max(_WORTH_SHARING, -(-len(self._queue) // (1 + self._woken)))
        while self._queue and size < self._max_events and len(batch) < share:
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

    async def _settle(self, commit: Commit, batch: list[_Waiting]) -> None:
        try:
            fates = await commit([waiting.unit for waiting in batch])
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
                    await self._settle(commit, [waiting])
                return
            for waiting in batch:
                if not waiting.fate.done():
                    waiting.fate.set_exception(error)
            return
        for waiting, fate in zip(batch, fates, strict=True):
            if not waiting.fate.done():
                waiting.fate.set_result(fate)
