"""What stands around an event: who, why, when it was true, where the log put it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, Final, NamedTuple
from uuid import UUID

import orjson

from helmlog_events.canonical import canonical_json
from helmlog_events.contracts.event import REGISTRY, Event
from helmlog_events.ids import new_id


@dataclass(frozen=True)
class Metadata:
    """Who did it, by which command, caused by what. Shared by all events of one command."""

    actor: str
    command_id: UUID = field(default_factory=new_id)
    correlation_id: UUID | None = None
    causation_id: str | None = None
    """The event that led to it, as `okr/1204`: source and seq."""
    traceparent: str | None = None

    @cached_property
    def canonical(self) -> bytes:
        fields: dict[str, Any] = {"actor": self.actor, "command_id": str(self.command_id)}
        if self.correlation_id is not None:
            fields["correlation_id"] = str(self.correlation_id)
        if self.causation_id is not None:
            fields["causation_id"] = self.causation_id
        if self.traceparent is not None:
            fields["traceparent"] = self.traceparent
        return canonical_json(fields)


@dataclass(frozen=True)
class NewEvent:
    """An event about to be appended, true since `occurred_at`."""

    event: Event
    occurred_at: datetime
    event_id: UUID = field(default_factory=new_id)

    @cached_property
    def data(self) -> bytes:
        """The event's canonical JSON, as the log will keep it."""
        return self.event.canonical()


class RecordedEvent(NamedTuple):
    """An entry of a log. A tuple, because millions of them are made when a log is folded.

    `data` and `metadata` are the canonical JSON that was hashed.
    """

    seq: int
    tenant: str
    stream: str
    version: int
    event_id: UUID
    type: str
    schema_version: int
    data: str
    metadata: str
    occurred_at: datetime
    recorded_at: datetime
    leaf: bytes
    hash: bytes

    @property
    def event(self) -> Event:
        """The typed event, upcast to the current version."""
        return REGISTRY.read(self.type, self.schema_version, self.data)

    @property
    def actor(self) -> str:
        return str(orjson.loads(self.metadata)["actor"])


ANY_VERSION: Final = -1
NEW_STREAM: Final = 0


@dataclass(frozen=True, slots=True)
class StreamWrite:
    """Events for one stream, on condition that it stands at `expected` (0: does not exist).

    Without events it is a guard: what the other writes of the append rest on, though it does not
    change.
    """

    stream: str
    expected: int
    events: tuple[NewEvent, ...]


@dataclass(frozen=True, slots=True)
class StoredResponse:
    """What the first request with an idempotency key was answered; `body` is JSON text."""

    status: int
    body: str
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class IdempotencyRecord:
    """Stands or falls with the append. `fingerprint` digests the request the key came with."""

    key: str
    fingerprint: bytes
    response: StoredResponse


@dataclass(frozen=True, slots=True)
class Append:
    """One command's outcome: all of it is committed, or nothing."""

    tenant: str
    metadata: Metadata
    writes: tuple[StreamWrite, ...]
    idempotency: IdempotencyRecord | None = None


@dataclass(frozen=True, slots=True)
class Appended:
    """Where the events of an append stand: `first_seq..last_seq`, dense.

    An append that only uses its idempotency key stands where the log ended.
    """

    first_seq: int
    last_seq: int
    recorded_at: datetime


class SourcedEvent(NamedTuple):
    """An entry and the log it stands in: `okr`, `kpi`, `alignment`, `audit`."""

    source: str
    record: RecordedEvent

    @property
    def reference(self) -> str:
        """How another event names this one as its cause: `okr/1204`."""
        return f"{self.source}/{self.record.seq}"


def caused_by(event: SourcedEvent, reaction: str) -> Metadata:
    """The metadata of what `reaction` decides upon `event`: cause, correlation and trace."""
    metadata = orjson.loads(event.record.metadata)
    correlation = metadata.get("correlation_id")
    return Metadata(
        actor=f"system:{reaction}",
        correlation_id=None if correlation is None else UUID(correlation),
        causation_id=event.reference,
        traceparent=metadata.get("traceparent"),
    )
