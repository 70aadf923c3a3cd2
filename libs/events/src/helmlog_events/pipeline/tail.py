from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

import orjson
import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from helmlog_events.envelope import RecordedEvent
from helmlog_events.pipeline.wakeup import Wakeup
from helmlog_events.store.postgres.connections import driver
from helmlog_events.store.postgres.rows import COLUMNS, read_log

_PAGE: Final = 1_000
_WINDOW: Final = 10_000
"""Entries looked through in one query, so that a filter nothing passes costs no long one."""

_SELECTED: Final = (
    f"SELECT {COLUMNS} FROM event_log WHERE seq > $1 AND seq <= $2 AND tenant = $3"
    " AND ($4::text[] IS NULL OR type = ANY($4)) AND ($5::text IS NULL OR stream = $5)"
    " AND ($6::text IS NULL OR data->>'cycle_id' = $6 OR (data->'cycle_ids')::jsonb ? $6)"
    " ORDER BY seq LIMIT $7"
)
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Selection:
    """Which entries a follower is shown: its tenant's, and of these what it asked for."""

    tenant: str
    types: frozenset[str] | None = None
    stream: str | None = None
    cycle_id: str | None = None

    def admits(self, entry: RecordedEvent) -> bool:
        return (
            entry.tenant == self.tenant
            and (self.types is None or entry.type in self.types)
            and (self.stream is None or entry.stream == self.stream)
            and (self.cycle_id is None or self._concerns_cycle(entry))
        )

    def _concerns_cycle(self, entry: RecordedEvent) -> bool:
        if self.cycle_id is None or self.cycle_id not in entry.data:
            return False
        data = orjson.loads(entry.data)
        return self.cycle_id == data.get("cycle_id") or self.cycle_id in data.get("cycle_ids", ())


@dataclass(frozen=True, slots=True)
class Stretch:
    """What a selection admits of the log up to and including `up_to`."""

    entries: Sequence[RecordedEvent]
    up_to: int


class LogTail:
    """The end of a log, read once for all in this process who follow it.

    The newest entries are kept, a bounded number of bytes of them; older ones are read from the
    database when somebody comes for them. Nothing is queued for anybody: who is slow falls behind
    what is kept and costs a page at a time, no more.
    """

    def __init__(
        self, engine: AsyncEngine, *, polling: float = 0.5, keep_bytes: int = 4 * 1024 * 1024
    ) -> None:
        self._engine = engine
        self._polling = polling
        self._keep_bytes = keep_bytes
        self._kept: deque[RecordedEvent] = deque()
        self._kept_bytes = 0
        self._head: int | None = None
        self._grew = asyncio.Event()
        self._watching: asyncio.Task[None] | None = None
        self.ended = False

    async def head(self) -> int:
        """The last `seq`, as the database has it now."""
        async with self._engine.connect() as sql:
            query = "SELECT coalesce(max(seq), 0) FROM event_log"
            return int(await (await driver(sql)).fetchval(query))

    async def read(
        self, after: int, selection: Selection, *, limit: int = 50, within: float = 0.0
    ) -> Stretch:
        """The next entries after `after`; waits up to `within` seconds for the log to reach beyond.

        It may find none and yet have come further: go on from `up_to`. Raises what the database
        raises.
        """
        await self._wait_beyond(after, within)
        if self._head is None or self._head <= after:
            return Stretch((), after)
        floor = self._head - len(self._kept)
        if after >= floor:
            return _admitted(islice(self._kept, after - floor, None), selection, limit, self._head)
        # Cut off in the middle of a query, a connection would be lost to the pool.
        end = min(after + _WINDOW, self._head)
        return await asyncio.shield(self._read_older(after, end, selection, limit))

    def end(self) -> None:
        """Wakes whoever waits; nobody is to wait again."""
        self.ended = True
        self._wake()

    async def close(self) -> None:
        self.end()
        if self._watching is not None:
            self._watching.cancel()
            await asyncio.gather(self._watching, return_exceptions=True)

    async def _read_older(self, after: int, end: int, selection: Selection, limit: int) -> Stretch:
        async with self._engine.connect() as sql:
            rows = await (await driver(sql)).fetch(
                _SELECTED,
                after,
                end,
                selection.tenant,
                None if selection.types is None else [*selection.types],
                selection.stream,
                selection.cycle_id,
                limit,
            )
        return _admitted(map(RecordedEvent._make, rows), selection, limit, end)

    async def _wait_beyond(self, seq: int, within: float) -> None:
        if self._watching is None and not self.ended:
            self._watching = asyncio.create_task(self._watch(), name="log-tail")
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within):
                while not self.ended and (self._head is None or self._head <= seq):
                    await self._grew.wait()

    async def _watch(self) -> None:
        wakeup = Wakeup(self._engine)
        try:
            while True:
                try:
                    await self._catch_up()
                except Exception as error:  # noqa: BLE001 - the database is away; followers wait
                    _log.info("log_tail_waits", error=repr(error))
                await wakeup.wait(self._polling)
        finally:
            await wakeup.close()

    async def _catch_up(self) -> None:
        if self._head is None:
            self._head = await self.head()
            self._wake()
        while True:
            async with self._engine.connect() as sql:
                entries = await read_log(await driver(sql), self._head, _PAGE)
            if not entries:
                return
            self._keep(entries)
            self._head = entries[-1].seq
            self._wake()

    def _keep(self, entries: Sequence[RecordedEvent]) -> None:
        self._kept.extend(entries)
        self._kept_bytes += sum(len(entry.data) for entry in entries)
        while self._kept_bytes > self._keep_bytes or len(self._kept) > _PAGE:
            self._kept_bytes -= len(self._kept.popleft().data)

    def _wake(self) -> None:
        grew, self._grew = self._grew, asyncio.Event()
        grew.set()


def _admitted(
    entries: Iterable[RecordedEvent], selection: Selection, limit: int, end: int
) -> Stretch:
    admitted = [*islice(filter(selection.admits, entries), limit)]
    return Stretch(admitted, admitted[-1].seq if len(admitted) == limit else end)
