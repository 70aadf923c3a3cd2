"""The sources that readings are taken in from, as fresh as the log."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import cast
from uuid import UUID

import asyncpg
from helmlog_events.contracts.reservations import NameReserved
from helmlog_events.envelope import RecordedEvent
from helmlog_events.ids import stream_id
from helmlog_events.store.postgres.rows import read_streams

from kpi_service.domain.source.events import SourceEvent
from kpi_service.domain.source.state import INITIAL, Registered, Revoked, SourceState, evolve


@dataclass(slots=True)
class _Entry:
    version: int = 0
    state: SourceState = INITIAL


class SourceBook:
    """Keeps folded sources in memory; each use asks the log for what came since.

    So what is registered, revised or revoked holds for the next reading, whichever process takes
    it in. An unchanged source is the same object each time.
    """

    def __init__(self, *, capacity: int = 10_000) -> None:
        self._capacity = capacity
        self._ids: dict[tuple[str, str], UUID] = {}
        self._entries: dict[tuple[str, UUID], _Entry] = {}

    async def by_id(
        self, connection: asyncpg.Connection, tenant: str, source_id: UUID
    ) -> SourceState:
        states, _ = await self._ask(connection, tenant, [source_id], [])
        return states[source_id]

    async def by_names(
        self, connection: asyncpg.Connection, tenant: str, names: Collection[str]
    ) -> dict[str, Registered | Revoked]:
        """Those of the names that are registered, or were: one query if none is new here."""
        ids = {name: self._ids[tenant, name] for name in names if (tenant, name) in self._ids}
        new = [name for name in names if name not in ids]
        states, holders = await self._ask(connection, tenant, [*ids.values()], new)
        if holders:
            found, _ = await self._ask(connection, tenant, [*holders.values()], [])
            states |= found
        registered: dict[str, Registered | Revoked] = {}
        for name, source_id in (ids | holders).items():
            self._ids[tenant, name] = source_id
            state = states[source_id]
            if isinstance(state, Registered | Revoked):
                registered[name] = state
        return registered

    async def _ask(
        self,
        connection: asyncpg.Connection,
        tenant: str,
        source_ids: Sequence[UUID],
        names: Sequence[str],
    ) -> tuple[dict[UUID, SourceState], dict[str, UUID]]:
        """The sources as the log tells them now, and which sources hold the names."""
        if len(self._entries) > self._capacity:
            self._entries.clear()
            self._ids.clear()
        # What is in use here stays so, whatever another batch forgets meanwhile.
        entries = {one: self._entries.get((tenant, one)) or _Entry() for one in source_ids}
        streams = {stream_id("source", one): one for one in source_ids}
        named = {stream_id("source_name", name): name for name in names}
        after = dict.fromkeys(named, 0)
        after |= {stream: entries[one].version for stream, one in streams.items()}
        holders: dict[str, UUID] = {}
        for stream, records in (await read_streams(connection, tenant, after)).items():
            if stream in streams:
                source_id = streams[stream]
                _learn(entries[source_id], records)
                self._entries[tenant, source_id] = entries[source_id]
            elif isinstance(reserved := records[0].event, NameReserved):
                holders[named[stream]] = reserved.holder
        return {one: entry.state for one, entry in entries.items()}, holders


def _learn(entry: _Entry, records: Sequence[RecordedEvent]) -> None:
    for record in records:
        # Another request of this process may have brought it up to date meanwhile.
        if record.version == entry.version + 1:
            entry.state = evolve(entry.state, cast("SourceEvent", record.event))
            entry.version = record.version
