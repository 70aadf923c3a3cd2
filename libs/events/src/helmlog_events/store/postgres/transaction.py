from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import asyncpg
from sqlalchemy.ext.asyncio import AsyncConnection

from helmlog_events.clock import now
from helmlog_events.envelope import Append, Appended, RecordedEvent
from helmlog_events.store.postgres.batch import Replayed, call
from helmlog_events.store.postgres.rows import read_stream, replayed
from helmlog_events.store.protocol import VersionConflict
from helmlog_events.store.unit import Resource, Unit, prepare

_UNPLACED = 2**62
"""The seq of a staged event: after everything that stands in the log."""


class _Tail(NamedTuple):
    """What a stream holds after a version."""

    after: int
    events: list[RecordedEvent]


class Transaction:
    """A caller's own transaction, in which events may be appended beside other rows.

    The log's lock is taken by the first append and held until the commit, so appends come last:
    `stage` them while deciding, and `append_staged` at the end.
    """

    def __init__(self, sql: AsyncConnection, raw: asyncpg.Connection) -> None:
        self.sql = sql
        self.raw = raw
        self._streams: dict[tuple[str, str], _Tail] = {}
        self._staged: list[Unit] = []
        self._staged_for: dict[tuple[str, str], list[Unit]] = defaultdict(list)

    async def read_stream(
        self, tenant: str, stream: str, *, after_version: int = 0
    ) -> Sequence[RecordedEvent]:
        """The stream as it will stand: what is recorded, then what is staged here."""
        key = (tenant, stream)
        tail = self._streams.get(key)
        if tail is None or tail.after > after_version:
            recorded = await read_stream(self.raw, tenant, stream, after_version)
            tail = self._streams[key] = _Tail(after_version, recorded)
            for unit in self._staged_for.get(key, ()):
                self._overlay(unit, key)
        return tail.events[after_version - tail.after :]

    def stage(self, append: Append) -> None:
        """Keeps an append for the end of the transaction, visible to `read_stream` meanwhile."""
        unit = prepare(append)
        self._staged.append(unit)
        for write in append.writes:
            key = (append.tenant, write.stream)
            self._staged_for[key].append(unit)
            if key in self._streams:
                self._overlay(unit, key)

    async def append_staged(self) -> list[Appended]:
        staged, self._staged = self._staged, []
        self._staged_for.clear()
        return await self._append(staged)

    async def append(self, *appends: Append) -> list[Appended]:
        """Appends all of them, in order.

        Raises `VersionConflict` or `AlreadyDone`; the transaction must then be rolled back.
        """
        return await self._append([prepare(append) for append in appends])

    async def _append(self, units: Sequence[Unit]) -> list[Appended]:
        appended: list[Appended] = []
        for wave in _waves(units):
            for unit, fate in zip(wave, await call(self.raw, wave), strict=True):
                if isinstance(fate, Replayed):
                    raise await replayed(self.raw, unit.append)
                if isinstance(fate, VersionConflict):
                    raise fate
                appended.append(fate)
        return appended

    def _overlay(self, unit: Unit, key: tuple[str, str]) -> None:
        tail = self._streams[key]
        for write, rows in zip(unit.append.writes, unit.rows, strict=True):
            if (unit.append.tenant, write.stream) != key:
                continue
            for row in rows:
                version = tail.after + len(tail.events) + 1
                tail.events.append(
                    RecordedEvent(
                        seq=_UNPLACED + version,
                        tenant=unit.append.tenant,
                        stream=write.stream,
                        version=version,
                        event_id=row.event_id,
                        type=row.type,
                        schema_version=row.schema_version,
                        data=row.data,
                        metadata=unit.metadata,
                        occurred_at=row.occurred_at,
                        recorded_at=now(),
                        leaf=b"",
                        hash=b"",
                    )
                )


def _waves(units: Iterable[Unit]) -> Iterable[list[Unit]]:
    """Runs of neighbours that contend for nothing: one call takes a stream only once."""
    wave: list[Unit] = []
    taken: set[Resource] = set()
    rested_on: set[Resource] = set()
    for unit in units:
        if unit.clashes_with(taken, rested_on):
            yield wave
            wave, taken, rested_on = [], set(), set()
        wave.append(unit)
        taken |= unit.takes
        rested_on |= unit.rests_on
    if wave:
        yield wave
