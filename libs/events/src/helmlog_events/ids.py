from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from uuid_utils.compat import uuid7

_VERSION: Final = 7
_TIMELESS_BITS: Final = 80


def new_id() -> UUID:
    """A UUIDv7 (RFC 9562): sorts by its time of creation, to the millisecond."""
    return uuid7()


def stream_id(category: str, key: object) -> str:
    """The name of a stream: `objective-0197...`, `kpi_slug-taxi-demand`."""
    return f"{category}-{key}"


def stream_category(stream: str) -> str:
    return stream.partition("-")[0]


def stream_key(stream: str) -> str:
    return stream.partition("-")[2]


def created_at(key: UUID) -> datetime | None:
    """When an id of `new_id` was made, to the millisecond; none for other ids."""
    if key.version != _VERSION:
        return None
    return datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=key.int >> _TIMELESS_BITS)
