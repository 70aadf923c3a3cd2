"""Events held back: with a gap before them, failed, or behind one that failed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import asyncpg
import structlog

from helmlog_events.envelope import SourcedEvent
from helmlog_events.pipeline.inbox import FIELDS, READ, Stream, sourced

Kind = Literal["gap", "failed", "behind"]
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Parked:
    """An event that waits, and why."""

    event: SourcedEvent
    kind: Kind
    reason: str
    attempts: int = 1


async def park(connection: asyncpg.Connection, items: Iterable[Parked]) -> None:
    """Keeps events whole until they can be applied; one parked already stays as it is."""
    await connection.executemany(
        f"INSERT INTO parked ({', '.join(FIELDS)}, kind, reason, attempts)"
        f" VALUES ({', '.join(f'${n}' for n in range(1, len(FIELDS) + 4))})"
        " ON CONFLICT DO NOTHING",
        [
            (item.event.source, *item.event.record, item.kind, item.reason, item.attempts)
            for item in items
        ],
    )
    for item in items:
        _log.warning(
            "event_parked",
            reference=item.event.reference,
            stream=item.event.record.stream,
            kind=item.kind,
            reason=item.reason,
        )


async def parked(
    connection: asyncpg.Connection, streams: Iterable[Stream]
) -> dict[Stream, list[Parked]]:
    """What is parked of these streams, in order of version."""
    columns = list(zip(*streams, strict=True))
    if not columns:
        return {}
    rows = await connection.fetch(
        f"SELECT {READ}, kind, reason, attempts FROM parked"
        " WHERE (source, tenant, stream) IN"
        " (SELECT * FROM unnest($1::text[], $2::text[], $3::text[])) ORDER BY version",
        *columns,
    )
    found: dict[Stream, list[Parked]] = {}
    for row in rows:
        event = sourced(row)
        item = Parked(event, row["kind"], row["reason"], row["attempts"])
        found.setdefault((event.source, event.record.tenant, event.record.stream), []).append(item)
    return found


@dataclass(frozen=True, slots=True)
class ParkedStream:
    """What waits of one stream, and the reason of the first that waits."""

    source: str
    tenant: str
    stream: str
    events: int
    first_seq: int
    kind: Kind
    reason: str
    attempts: int
    since: datetime

    @property
    def key(self) -> Stream:
        return self.source, self.tenant, self.stream


async def parked_streams(connection: asyncpg.Connection) -> list[ParkedStream]:
    """Every stream with events held back, the longest waiting first."""
    rows = await connection.fetch(
        "SELECT DISTINCT ON (source, tenant, stream) source, tenant, stream,"
        " count(*) OVER (PARTITION BY source, tenant, stream) AS events, seq AS first_seq,"
        " kind, reason, attempts, parked_at AS since"
        " FROM parked ORDER BY source, tenant, stream, version"
    )
    return sorted((ParkedStream(*row) for row in rows), key=lambda stream: stream.since)


async def release(connection: asyncpg.Connection, events: Sequence[SourcedEvent]) -> None:
    """Takes events out of the parking: they are being applied."""
    await connection.execute(
        "DELETE FROM parked WHERE (source, seq) IN"
        " (SELECT * FROM unnest($1::text[], $2::bigint[]))",
        [event.source for event in events],
        [event.record.seq for event in events],
    )
