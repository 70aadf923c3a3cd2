"""The inbox keeps foreign events whole; what stands in it has been applied."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import asyncpg

from helmlog_events.envelope import RecordedEvent, SourcedEvent

FIELDS = ("source", *RecordedEvent._fields)
READ = ", ".join(f"{field}::text" if field in {"data", "metadata"} else field for field in FIELDS)

Stream = tuple[str, str, str]
"""source, tenant, stream"""


def stream_of(event: SourcedEvent) -> Stream:
    return event.source, event.record.tenant, event.record.stream


def sourced(row: Sequence[object]) -> SourcedEvent:
    """From a row that starts with `FIELDS`."""
    return SourcedEvent(str(row[0]), RecordedEvent._make(row[1 : len(FIELDS)]))


async def insert(connection: asyncpg.Connection, events: Iterable[SourcedEvent]) -> None:
    await connection.copy_records_to_table(
        "inbox", records=((event.source, *event.record) for event in events), columns=FIELDS
    )


async def heads(connection: asyncpg.Connection, streams: Iterable[Stream]) -> dict[Stream, int]:
    """The last applied version of each stream; streams never seen are left out."""
    columns = list(zip(*streams, strict=True))
    rows = await connection.fetch(
        "SELECT s.source, s.tenant, s.stream, h.version"
        " FROM unnest($1::text[], $2::text[], $3::text[]) AS s(source, tenant, stream)"
        " CROSS JOIN LATERAL (SELECT version FROM inbox i WHERE i.source = s.source"
        "   AND i.tenant = s.tenant AND i.stream = s.stream ORDER BY version DESC LIMIT 1) AS h",
        *columns,
    )
    return {(source, tenant, stream): version for source, tenant, stream, version in rows}


async def read(
    connection: asyncpg.Connection, source: str, after_seq: int, limit: int
) -> list[SourcedEvent]:
    """Up to `limit` applied events of `source` in order."""
    rows = await connection.fetch(
        f"SELECT {READ} FROM inbox WHERE source = $1 AND seq > $2 ORDER BY seq LIMIT $3",
        source,
        after_seq,
        limit,
    )
    return [sourced(row) for row in rows]


async def read_some(
    connection: asyncpg.Connection, source: str, seqs: Iterable[int]
) -> list[SourcedEvent]:
    """Those of `seqs` that have been applied, in order."""
    rows = await connection.fetch(
        f"SELECT {READ} FROM inbox WHERE source = $1 AND seq = ANY($2::bigint[]) ORDER BY seq",
        source,
        list(seqs),
    )
    return [sourced(row) for row in rows]
