from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime

from helmlog_events.canonical import GENESIS, chain_hash, leaf_hash
from helmlog_events.clock import now
from helmlog_events.envelope import Append, Appended, RecordedEvent
from helmlog_events.store.protocol import AlreadyDone, Snapshot, StoredRequest, VersionConflict
from helmlog_events.store.unit import EventRow, Unit, prepare


class MemoryStore:
    """The log in a list, for tests. It keeps every promise of `EventStore` but durability."""

    def __init__(self) -> None:
        self._log: list[RecordedEvent] = []
        self._streams: dict[tuple[str, str], list[RecordedEvent]] = {}
        self._requests: dict[tuple[str, str], StoredRequest] = {}
        self._snapshots: dict[tuple[str, str], Snapshot] = {}

    async def append(self, append: Append) -> Appended:
        unit = prepare(append)
        self._refuse_replay(append)
        for write in append.writes:
            actual = len(self._streams.get((append.tenant, write.stream), ()))
            if write.expected >= 0 and write.expected != actual:
                raise VersionConflict(write.stream, write.expected, actual)
        appended = self._write(unit)
        if (record := append.idempotency) is not None:
            self._requests[append.tenant, record.key] = StoredRequest(
                record.key, record.fingerprint, record.response, appended.last_seq
            )
        return appended

    async def read_stream(
        self, tenant: str, stream: str, *, after_version: int = 0, up_to_seq: int | None = None
    ) -> Sequence[RecordedEvent]:
        events = self._streams.get((tenant, stream), [])[after_version:]
        return [event for event in events if up_to_seq is None or event.seq <= up_to_seq]

    async def read_streams(
        self, tenant: str, after_versions: Mapping[str, int], *, up_to_seq: int | None = None
    ) -> Mapping[str, Sequence[RecordedEvent]]:
        found = {
            stream: await self.read_stream(
                tenant, stream, after_version=version, up_to_seq=up_to_seq
            )
            for stream, version in after_versions.items()
        }
        return {stream: events for stream, events in found.items() if events}

    async def read_log(self, after_seq: int, limit: int) -> Sequence[RecordedEvent]:
        return self._log[after_seq : after_seq + limit]

    async def scan(self, after_seq: int = 0, page: int = 5_000) -> AsyncIterator[RecordedEvent]:
        del page  # a list has no pages
        for event in self._log[after_seq:]:
            yield event

    async def head(self) -> int:
        return len(self._log)

    async def seq_at(self, known_at: datetime) -> int:
        return sum(event.recorded_at <= known_at for event in self._log)

    async def find_request(self, tenant: str, key: str) -> StoredRequest | None:
        return self._requests.get((tenant, key))

    async def save_snapshot(self, tenant: str, snapshot: Snapshot) -> None:
        kept = self._snapshots.get((tenant, snapshot.stream))
        if kept is None or kept.version <= snapshot.version:
            self._snapshots[tenant, snapshot.stream] = snapshot

    async def load_snapshot(self, tenant: str, stream: str, schema: str) -> Snapshot | None:
        kept = self._snapshots.get((tenant, stream))
        return kept if kept is not None and kept.schema == schema else None

    def _refuse_replay(self, append: Append) -> None:
        if append.idempotency is not None:
            stored = self._requests.get((append.tenant, append.idempotency.key))
            if stored is not None:
                raise AlreadyDone(stored)

    def _write(self, unit: Unit) -> Appended:
        first = len(self._log) + 1
        at = max(now(), self._log[-1].recorded_at) if self._log else now()
        for write, rows in zip(unit.append.writes, unit.rows, strict=True):
            for row in rows:
                self._add(unit, write.stream, row, at)
        return Appended(min(first, len(self._log)), len(self._log), at)

    def _add(self, unit: Unit, stream: str, row: EventRow, at: datetime) -> None:
        events = self._streams.setdefault((unit.append.tenant, stream), [])
        seq, version = len(self._log) + 1, len(events) + 1
        leaf = leaf_hash(content=row.content, recorded_at=at, seq=seq, version=version)
        event = RecordedEvent(
            seq=seq,
            tenant=unit.append.tenant,
            stream=stream,
            version=version,
            event_id=row.event_id,
            type=row.type,
            schema_version=row.schema_version,
            data=row.data,
            metadata=unit.metadata,
            occurred_at=row.occurred_at,
            recorded_at=at,
            leaf=leaf,
            hash=chain_hash(self._log[-1].hash if self._log else GENESIS, leaf),
        )
        self._log.append(event)
        events.append(event)
