"""The definitions that readings are taken in by, as fresh as the log."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import cast
from uuid import UUID

import asyncpg
import orjson
from helmlog_events.ids import stream_id
from helmlog_events.store.postgres.rows import read_streams

from kpi_service.domain.kpi.events import KPIEvent
from kpi_service.domain.kpi.state import INITIAL, KPI, KPIState, evolve

_READS_AS_ID = len("01970000-0000-7000-8000-000000000001")


@dataclass(slots=True)
class _Entry:
    version: int = 0
    state: KPIState = INITIAL


class Catalogue:
    """Keeps folded definitions in memory; each use asks the log for what came since, in one query.

    Read models follow the log by some milliseconds: a reading sent right after its KPI was defined,
    or judged right after a policy was set, must not depend on them.
    """

    def __init__(self, *, capacity: int = 20_000) -> None:
        self._capacity = capacity
        self._ids: dict[tuple[str, str], UUID] = {}
        self._entries: dict[tuple[str, UUID], _Entry] = {}

    async def find(
        self, connection: asyncpg.Connection, tenant: str, keys: Collection[str]
    ) -> dict[str, UUID]:
        """The ids behind slugs and ids; a key without a KPI is left out."""
        if len(self._ids) > self._capacity:
            self._ids.clear()
        unknown = {key: _stream_of(key) for key in keys if (tenant, key) not in self._ids}
        if unknown:
            rows = await connection.fetch(
                "SELECT stream, data::text FROM event_log"
                " WHERE tenant = $1 AND stream = ANY($2::text[]) AND version = 1",
                tenant,
                list(unknown.values()),
            )
            found = {stream: _id_behind(stream, data) for stream, data in rows}
            for key, stream in unknown.items():
                if stream in found:
                    self._ids[tenant, key] = found[stream]
        return {key: self._ids[tenant, key] for key in keys if (tenant, key) in self._ids}

    async def definitions(
        self, connection: asyncpg.Connection, tenant: str, kpi_ids: Iterable[UUID]
    ) -> dict[UUID, KPI]:
        """The KPIs as the log defines them now."""
        if len(self._entries) > self._capacity:
            self._entries.clear()
        entries = {
            kpi_id: self._entries.setdefault((tenant, kpi_id), _Entry()) for kpi_id in kpi_ids
        }
        await self._catch_up(connection, tenant, entries)
        return {
            kpi_id: entry.state for kpi_id, entry in entries.items() if isinstance(entry.state, KPI)
        }

    async def _catch_up(
        self, connection: asyncpg.Connection, tenant: str, entries: dict[UUID, _Entry]
    ) -> None:
        streams = {stream_id("kpi", kpi_id): entry for kpi_id, entry in entries.items()}
        after = {stream: entry.version for stream, entry in streams.items()}
        for stream, records in (await read_streams(connection, tenant, after)).items():
            entry = streams[stream]
            for record in records:
                # Another batch of this process may have brought it up to date meanwhile.
                if record.version == entry.version + 1:
                    entry.state = evolve(entry.state, cast("KPIEvent", record.event))
                    entry.version = record.version


def _stream_of(key: str) -> str:
    if len(key) == _READS_AS_ID:
        try:
            return stream_id("kpi", UUID(key))
        except ValueError:
            pass
    return stream_id("kpi_slug", key)


def _id_behind(stream: str, data: str) -> UUID:
    content = orjson.loads(data)
    return UUID(content["holder"] if stream.startswith("kpi_slug-") else content["kpi_id"])
