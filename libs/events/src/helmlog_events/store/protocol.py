from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from helmlog_events.envelope import Append, Appended, RecordedEvent, StoredResponse


class VersionConflict(Exception):
    """A stream did not stand where the append expected it; nothing of that append was written."""

    def __init__(self, stream: str, expected: int, actual: int) -> None:
        super().__init__(f"{stream} stands at version {actual}, not {expected}")
        self.stream = stream
        self.expected = expected
        self.actual = actual


class AlreadyDone(Exception):
    """The idempotency key was used before; `stored` is what stands under it."""

    def __init__(self, stored: StoredRequest) -> None:
        super().__init__(f"the idempotency key {stored.key!r} was used before")
        self.stored = stored


class EventTooLarge(Exception):
    """An event's data is larger than a message to the broker may be; sizes in bytes."""

    def __init__(self, event_type: str, size: int, limit: int) -> None:
        super().__init__(f"{event_type} takes {size} bytes, more than {limit}")
        self.event_type = event_type
        self.size = size
        self.limit = limit


class StoreUnavailable(Exception):
    """The database could not be reached within the bounded retries; the outcome is unknown."""


@dataclass(frozen=True, slots=True)
class StoredRequest:
    """An idempotency record as it stands in the log's database."""

    key: str
    fingerprint: bytes
    response: StoredResponse
    last_seq: int


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A folded state at `version`; `schema` names the shape of `state` and retires old ones."""

    stream: str
    version: int
    schema: str
    state: bytes


class EventStore(Protocol):
    """An append-only log of one service; `seq` is dense and given in commit order."""

    async def append(self, append: Append) -> Appended:
        """Commits all writes of `append`, or none.

        Raises `VersionConflict`, `AlreadyDone`, `EventTooLarge`, or `StoreUnavailable`.
        """

    async def read_stream(
        self, tenant: str, stream: str, *, after_version: int = 0, up_to_seq: int | None = None
    ) -> Sequence[RecordedEvent]:
        """The events of a stream in order; empty when it does not exist."""

    async def read_streams(
        self, tenant: str, after_versions: Mapping[str, int], *, up_to_seq: int | None = None
    ) -> Mapping[str, Sequence[RecordedEvent]]:
        """Many streams at once, each from after its version; one without events is left out."""

    async def read_log(self, after_seq: int, limit: int) -> Sequence[RecordedEvent]:
        """Up to `limit` entries with `seq > after_seq`, in order, of every tenant."""

    def scan(self, after_seq: int = 0, page: int = 5_000) -> AsyncIterator[RecordedEvent]:
        """The whole log from `after_seq` on, up to where it ends now, page by page."""

    async def head(self) -> int:
        """The last `seq`, 0 for an empty log."""

    async def seq_at(self, known_at: datetime) -> int:
        """The last `seq` recorded at or before `known_at`: where an "as of" is cut."""

    async def find_request(self, tenant: str, key: str) -> StoredRequest | None:
        """The idempotency record under `key`, if any."""

    async def save_snapshot(self, tenant: str, snapshot: Snapshot) -> None:
        """Keeps the newest state of a stream; an older version than the kept one is ignored."""

    async def load_snapshot(self, tenant: str, stream: str, schema: str) -> Snapshot | None:
        """The kept state, if its schema is `schema`."""
