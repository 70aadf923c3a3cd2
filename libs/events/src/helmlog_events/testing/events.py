"""An event and an append for tests of the log itself, which knows no domain."""

from __future__ import annotations

from datetime import UTC, datetime

from helmlog_events.contracts.event import Event, event
from helmlog_events.envelope import (
    NEW_STREAM,
    Append,
    IdempotencyRecord,
    Metadata,
    NewEvent,
    StoredResponse,
    StreamWrite,
)

THEN = datetime(2019, 11, 1, 9, 30, tzinfo=UTC)


@event("Noted")
class Noted(Event):
    """Something was noted."""

    text: str


def write(stream: str, *texts: str, expected: int = NEW_STREAM) -> StreamWrite:
    """Notes for one stream."""
    return StreamWrite(stream, expected, tuple(NewEvent(Noted(text=text), THEN) for text in texts))


def append(
    *writes: StreamWrite, tenant: str = "acme", actor: str = "anna", key: str | None = None
) -> Append:
    """A command's outcome; with `key`, one that is done once."""
    record = None
    if key is not None:
        response = StoredResponse(201, '{"ok":true}', {"etag": '"1"'})
        record = IdempotencyRecord(key, key.encode(), response)
    return Append(tenant, Metadata(actor), writes, record)
