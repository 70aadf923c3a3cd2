"""One-event commands through the store against bare inserts of the same rows, as durable."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from hashlib import sha256
from itertools import count
from typing import Any
from uuid import UUID

import asyncpg
from helmlog_events.contracts.okr import KeyResultUpdated
from helmlog_events.envelope import (
    Append,
    IdempotencyRecord,
    Metadata,
    NewEvent,
    StoredResponse,
    StreamWrite,
)
from helmlog_events.ids import new_id
from helmlog_events.store.postgres.store import PostgresStore

from tests.bench.harness import (
    Servers,
    alternate,
    bench_database,
    concurrently,
    execute,
    rate,
    report,
)

CYCLE, OBJECTIVE = UUID(int=1), UUID(int=2)
BATCH = 100

# The log's own columns, keys and durability, without what makes it a log.
RAW_TABLE = "CREATE TABLE raw_log (LIKE event_log INCLUDING ALL)"
RAW_INSERT = f"INSERT INTO raw_log VALUES ({', '.join(f'${n}' for n in range(1, 14))})"
RAW_TYPES = [
    "bigint",
    "text",
    "text",
    "int",
    "uuid",
    "text",
    "int",
    "json",
    "json",
    "timestamptz",
    "timestamptz",
    "bytea",
    "bytea",
]
RAW_BATCH = (
    "INSERT INTO raw_log SELECT * FROM unnest("
    + ", ".join(f"${number}::{kind}[]" for number, kind in enumerate(RAW_TYPES, start=1))
    + ")"
)


def update(key_result: UUID) -> KeyResultUpdated:
    """An ordinary event of the product."""
    now = datetime.now(UTC)
    return KeyResultUpdated(
        key_result_id=key_result,
        objective_id=OBJECTIVE,
        cycle_id=CYCLE,
        source="check_in",
        value=Decimal("27.5"),
        progress=Decimal("0.423077"),
        progress_raw=Decimal("0.423077"),
        expected_progress=Decimal("0.51"),
        status="on_track",
        status_rule="computed",
        confidence=7,
        observed_at=now,
        cause=f"check-in/{key_result}",
    )


def command(*, key: bool = True) -> Append:
    """What a handler hands to the store: an event of a new stream, and its idempotency record."""
    thing = new_id()
    new = NewEvent(update(thing), datetime.now(UTC))
    record = None
    if key:
        response = StoredResponse(201, f'{{"id":"{thing}","version":1}}', {"ETag": '"1"'})
        record = IdempotencyRecord(str(thing), sha256(thing.bytes).digest(), response)
    write = StreamWrite(f"key_result-{thing}", 0, (new,))
    return Append("demo", Metadata("anna"), (write,), record)


def raw_row(seq: int) -> tuple[Any, ...]:
    """The same row, with nothing checked, hashed or ordered."""
    thing = new_id()
    event = update(thing)
    now = datetime.now(UTC)
    return (
        seq,
        "demo",
        f"key_result-{thing}",
        1,
        new_id(),
        event.event_type,
        event.schema_version,
        event.canonical().decode(),
        Metadata("anna").canonical.decode(),
        now,
        now,
        bytes(32),
        bytes(32),
    )


async def append_through_the_store(store: PostgresStore, callers: int, total: int) -> int:
    return await concurrently(callers, total, lambda _: store.append(command()))


async def insert_bare(pool: asyncpg.Pool, callers: int, total: int, seqs: count[int]) -> int:
    """Each caller on a connection of its own, each row a commit."""
    share = total // callers

    async def caller(_: int) -> None:
        async with pool.acquire() as connection:
            for _ in range(share):
                await connection.execute(RAW_INSERT, *raw_row(next(seqs)))

    return share * await concurrently(callers, callers, caller)


async def run(servers: Servers, *, rounds: int = 5) -> None:
    for callers, total in ((1, 1_500), (16, 8_000), (64, 12_000)):
        async with bench_database(servers) as bench:
            await execute(bench.database.superuser, RAW_TABLE, "GRANT ALL ON raw_log TO test_app")
            seqs = count(1)
            async with asyncpg.create_pool(
                bench.database.app, min_size=callers, max_size=callers
            ) as pool:
                ours, limit = await alternate(
                    lambda: rate(append_through_the_store(bench.store, callers, total)),  # noqa: B023 - awaited in the round
                    lambda: rate(insert_bare(pool, callers, total, seqs)),  # noqa: B023 - awaited in the round
                    rounds,
                )
            report(f"append_{callers}", ours, limit, "events/s")
    await run_batch(servers, rounds=rounds)


async def run_batch(servers: Servers, *, rounds: int) -> None:
    async with bench_database(servers) as bench:
        await execute(bench.database.superuser, RAW_TABLE, "GRANT ALL ON raw_log TO test_app")
        seqs = count(1)
        raw = await asyncpg.connect(bench.database.app)

        async def ours(batches: int = 60) -> int:
            for _ in range(batches):
                thing = new_id()
                events = tuple(NewEvent(update(thing), datetime.now(UTC)) for _ in range(BATCH))
                write = StreamWrite(f"key_result-{thing}", 0, events)
                await bench.store.append(Append("demo", Metadata("anna"), (write,)))
            return batches * BATCH

        async def limit(batches: int = 60) -> int:
            for _ in range(batches):
                rows = [raw_row(next(seqs)) for _ in range(BATCH)]
                await raw.execute(RAW_BATCH, *map(list, zip(*rows, strict=True)))
            return batches * BATCH

        measured = await alternate(lambda: rate(ours()), lambda: rate(limit()), rounds)
        report("append_batch", *measured, "events/s", batch=BATCH)
        await raw.close()
