from __future__ import annotations

from uuid import UUID

from uuid_utils.compat import uuid7


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
