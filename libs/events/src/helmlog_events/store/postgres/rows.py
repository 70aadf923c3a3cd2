"""Reading the log on a connection the caller holds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import asyncpg
import orjson

from helmlog_events.envelope import Append, RecordedEvent, StoredResponse
from helmlog_events.store.protocol import (
    AlreadyDone,
    StoredRequest,
    StoreUnavailable,
)

COLUMNS = (
    "seq, tenant, stream, version, event_id, type, schema_version, data::text, metadata::text,"
    " occurred_at, recorded_at, leaf, hash"
)


async def read_stream(
    connection: asyncpg.Connection,
    tenant: str,
    stream: str,
    after_version: int = 0,
    up_to_seq: int | None = None,
) -> list[RecordedEvent]:
    """The events of a stream in order of version."""
    rows = await connection.fetch(
        f"SELECT {COLUMNS} FROM event_log WHERE tenant = $1 AND stream = $2"
        " AND version > $3 AND ($4::bigint IS NULL OR seq <= $4) ORDER BY version",
        tenant,
        stream,
        after_version,
        up_to_seq,
    )
    return [RecordedEvent._make(row) for row in rows]


async def read_streams(
    connection: asyncpg.Connection,
    tenant: str,
    after_versions: Mapping[str, int],
    up_to_seq: int | None = None,
) -> dict[str, list[RecordedEvent]]:
    """The events of many streams, each in order of version."""
    # OFFSET 0 keeps it a look at each stream: as a join, the database may read the whole log.
    rows = await connection.fetch(
        f"SELECT {COLUMNS} FROM unnest($2::text[], $3::int[]) AS wanted (name, after)"
        " CROSS JOIN LATERAL (SELECT * FROM event_log WHERE tenant = $1 AND stream = name"
        " AND version > after AND ($4::bigint IS NULL OR seq <= $4) OFFSET 0) AS news"
        " ORDER BY stream, version",
        tenant,
        [*after_versions],
        [*after_versions.values()],
        up_to_seq,
    )
    found: dict[str, list[RecordedEvent]] = {}
    for row in rows:
        event = RecordedEvent._make(row)
        found.setdefault(event.stream, []).append(event)
    return found


async def read_log(
    connection: asyncpg.Connection, after_seq: int, limit: int
) -> list[RecordedEvent]:
    """Up to `limit` entries with `seq > after_seq`, in order."""
    rows = await connection.fetch(
        f"SELECT {COLUMNS} FROM event_log WHERE seq > $1 ORDER BY seq LIMIT $2", after_seq, limit
    )
    return [RecordedEvent._make(row) for row in rows]


async def replayed(
    connection: asyncpg.Connection, append: Append
) -> AlreadyDone | StoreUnavailable:
    """What to raise for an append whose idempotency key stands already."""
    key = append.idempotency.key if append.idempotency is not None else ""
    stored = await find_request(connection, append.tenant, key)
    if stored is None:
        return StoreUnavailable("an idempotency record was removed while it was being replayed")
    return AlreadyDone(stored)


async def find_request(
    connection: asyncpg.Connection, tenant: str, key: str
) -> StoredRequest | None:
    row: Any = await connection.fetchrow(
        "SELECT fingerprint, status, body, headers::text, last_seq FROM idempotency"
        " WHERE tenant = $1 AND key = $2",
        tenant,
        key,
    )
    if row is None:
        return None
    fingerprint, status, body, headers, last_seq = row
    response = StoredResponse(status, body, orjson.loads(headers))
    return StoredRequest(key, fingerprint, response, last_seq)
