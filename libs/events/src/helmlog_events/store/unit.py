"""An append made ready outside of any lock: serialised and digested once."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from helmlog_events.canonical import content_digest
from helmlog_events.envelope import ANY_VERSION, Append, NewEvent
from helmlog_events.store.protocol import EventTooLarge

MAX_EVENT_BYTES: Final = 512 * 1024
"""Of an event's data: with its headers it fits into a message a broker takes by default (1 MiB)."""

Resource = tuple[str, str, str]
"""What appends contend for: a kind (stream or key), its tenant, its name."""


@dataclass(frozen=True, slots=True)
class EventRow:
    """An event ready to be sent: everything of it that is hashed, serialised once."""

    event_id: UUID
    type: str
    schema_version: int
    data: str
    occurred_at: datetime
    content: bytes


@dataclass(frozen=True, slots=True)
class Unit:
    """An `Append` with its rows prepared.

    `takes` are the streams and keys it writes: no neighbour in a batch may take or rest on them.
    `rests_on` are the streams it only guards.
    """

    append: Append
    metadata: str
    rows: tuple[tuple[EventRow, ...], ...]
    takes: frozenset[Resource]
    rests_on: frozenset[Resource]

    def clashes_with(self, taken: AbstractSet[Resource], rested_on: AbstractSet[Resource]) -> bool:
        """Whether it must not stand in one batch with what takes and rests on these."""
        return not (
            self.takes.isdisjoint(taken)
            and self.takes.isdisjoint(rested_on)
            and self.rests_on.isdisjoint(taken)
        )

    @property
    def size(self) -> int:
        return sum(len(rows) for rows in self.rows)


def prepare(append: Append) -> Unit:
    """Serialises and digests.

    Raises `EventTooLarge`, and `ValueError` for an append that can never be written.
    """
    metadata = append.metadata.canonical
    streams = {("stream", append.tenant, write.stream) for write in append.writes}
    if len(streams) != len(append.writes):
        raise ValueError("a stream is written once in an append")
    if any(not write.events and write.expected == ANY_VERSION for write in append.writes):
        raise ValueError("a guard expects a version")
    takes = {("stream", append.tenant, write.stream) for write in append.writes if write.events}
    rests_on = streams - takes
    if append.idempotency is not None:
        takes.add(("key", append.tenant, append.idempotency.key))
    if not takes:
        raise ValueError("an append has events, or at least an idempotency key to use")
    rows = tuple(
        tuple(_row(append.tenant, write.stream, new, metadata) for new in write.events)
        for write in append.writes
    )
    return Unit(append, metadata.decode(), rows, frozenset(takes), frozenset(rests_on))


def _row(tenant: str, stream: str, new: NewEvent, metadata: bytes) -> EventRow:
    event, data = new.event, new.data
    if len(data) > MAX_EVENT_BYTES:
        raise EventTooLarge(event.event_type, len(data), MAX_EVENT_BYTES)
    occurred_at = new.occurred_at.astimezone(UTC)
    content = content_digest(
        tenant=tenant,
        stream=stream,
        event_id=new.event_id,
        event_type=event.event_type,
        schema_version=event.schema_version,
        occurred_at=occurred_at,
        data=data,
        metadata=metadata,
    )
    return EventRow(
        new.event_id, event.event_type, event.schema_version, data.decode(), occurred_at, content
    )
