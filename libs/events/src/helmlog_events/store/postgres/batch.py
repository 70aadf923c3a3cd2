"""One call of `append_events`: arrays in, the fate of each unit out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import asyncpg
import orjson

from helmlog_events.envelope import Appended
from helmlog_events.store.protocol import VersionConflict
from helmlog_events.store.unit import Unit

_CALL = """
SELECT at, refused, replayed, base, first_seq, last_seq FROM append_events(
    $1::int[], $2::text[], $3::text[], $4::int[], $5::int[], $6::uuid[], $7::text[], $8::int[],
    $9::text[], $10::text[], $11::timestamptz[], $12::bytea[], $13::int[], $14::text[],
    $15::text[], $16::bytea[], $17::int[], $18::text[], $19::text[])
"""

# The same for one event of one stream, which is what a lone caller sends: the driver takes as long
# for nineteen arrays of one as the database takes for the append.
_ONE_EVENT = """
SELECT at, refused, replayed, base, first_seq, last_seq FROM append_events(
    '{1}', ARRAY[$1::text], ARRAY[$2::text], ARRAY[$3::int], '{1}', ARRAY[$4::uuid],
    ARRAY[$5::text], ARRAY[$6::int], ARRAY[$7::text], ARRAY[$8::text], ARRAY[$9::timestamptz],
    ARRAY[$10::bytea], %s)
"""
_ONE_WITHOUT_KEY = _ONE_EVENT % "'{}', '{}', '{}', '{}', '{}', '{}', '{}'"
_ONE_WITH_KEY = _ONE_EVENT % (
    "'{1}', ARRAY[$11::text], ARRAY[$12::text], ARRAY[$13::bytea], ARRAY[$14::int],"
    " ARRAY[$15::text], ARRAY[$16::text]"
)


class Replayed(Exception):
    """The idempotency key of this unit stands already."""


Fate = Appended | VersionConflict | Replayed


async def call(connection: asyncpg.Connection, units: Sequence[Unit]) -> list[Fate]:
    """Runs the batch on `connection`; outside a transaction block the call is its own commit."""
    writes: list[tuple[int, str, str, int]] = []
    events: list[tuple[Any, ...]] = []
    keys: list[tuple[Any, ...]] = []
    for number, unit in enumerate(units, start=1):
        append = unit.append
        for write, rows in zip(append.writes, unit.rows, strict=True):
            writes.append((number, append.tenant, write.stream, write.expected))
            place = len(writes)
            events.extend(
                (
                    place,
                    row.event_id,
                    row.type,
                    row.schema_version,
                    row.data,
                    unit.metadata,
                    row.occurred_at,
                    row.content,
                )
                for row in rows
            )
        if (record := append.idempotency) is not None:
            answer = record.response
            headers = orjson.dumps(answer.headers).decode()
            keys.append(
                (
                    number,
                    append.tenant,
                    record.key,
                    record.fingerprint,
                    answer.status,
                    answer.body,
                    headers,
                )
            )
    if len(units) == len(writes) == len(events) == 1:
        statement = _ONE_WITH_KEY if keys else _ONE_WITHOUT_KEY
        numbered = (*writes, *events, *keys)
        arguments = [value for row in numbered for value in row[1:]]
    else:
        statement = _CALL
        arguments = [*_columns(writes, 4), *_columns(events, 8), *_columns(keys, 7)]
    result = await connection.fetchrow(statement, *arguments)
    return _fates(writes, result)


def _columns(rows: Sequence[tuple[Any, ...]], width: int) -> Sequence[Sequence[Any]]:
    return list(zip(*rows, strict=True)) if rows else [()] * width


def _fates(writes: Sequence[tuple[int, str, str, int]], result: Any) -> list[Fate]:
    at = result["at"]
    fates: list[Fate] = [
        Appended(first, last, at)
        for first, last in zip(result["first_seq"], result["last_seq"], strict=True)
    ]
    for (number, _, stream, expected), actual in zip(writes, result["base"], strict=True):
        if expected >= 0 and expected != actual:
            fates[number - 1] = VersionConflict(stream, expected, actual)
    for number in result["replayed"] or ():
        fates[number - 1] = Replayed()
    return fates
