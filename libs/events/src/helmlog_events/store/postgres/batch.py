"""One call of `append_events`: arrays in, the fate of each unit out."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import count
from typing import Any, Final

import asyncpg
import orjson

from helmlog_events.envelope import Appended
from helmlog_events.store.protocol import VersionConflict
from helmlog_events.store.unit import Unit

_RESULT: Final = "at, refused, replayed, base, first_seq, last_seq"
_CALL: Final = f"""
SELECT {_RESULT} FROM append_events(
    $1::int[], $2::text[], $3::text[], $4::int[], $5::int[], $6::uuid[], $7::text[], $8::int[],
    $9::text[], $10::text[], $11::timestamptz[], $12::bytea[], $13::int[], $14::text[],
    $15::text[], $16::bytea[], $17::int[], $18::text[], $19::text[])
"""

_WRITE_TYPES: Final = "text text int"
_EVENT_TYPES: Final = "uuid text int text text timestamptz bytea"
_KEY_TYPES: Final = "text text bytea int text text"
_SCALAR_WRITES: Final = 4
_SCALAR_EVENTS: Final = 4


@lru_cache(maxsize=256)
def _scalar_call(writes: int, event_writes: tuple[int, ...], *, keyed: bool) -> str:
    """The same for one small unit, which is what a lone caller sends, value by value: the driver
    takes as long for nineteen arrays of one as the database takes for the append.
    """
    numbers = count(1)

    def arrays(rows: int, types: str) -> str:
        cells = [[f"${next(numbers)}::{kind}" for kind in types.split()] for _ in range(rows)]
        return ", ".join(f"ARRAY[{', '.join(column)}]" for column in zip(*cells, strict=True))

    # In the order of their numbers.
    parts = [
        "'{" + ",".join(["1"] * writes) + "}'",
        arrays(writes, _WRITE_TYPES),
        "'{" + ",".join(map(str, event_writes)) + "}'",
        arrays(len(event_writes), _EVENT_TYPES),
        "'{1}', " + arrays(1, _KEY_TYPES) if keyed else ", ".join(["'{}'"] * 7),
    ]
    return f"SELECT {_RESULT} FROM append_events({', '.join(parts)})"


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
    if len(units) == 1 and 0 < len(events) <= _SCALAR_EVENTS and len(writes) <= _SCALAR_WRITES:
        places = tuple(event[0] for event in events)
        statement = _scalar_call(len(writes), places, keyed=bool(keys))
        arguments = [value for row in (*writes, *events, *keys) for value in row[1:]]
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
