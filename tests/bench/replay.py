"""A long log folded into states, and a real read model rebuilt from it."""

from __future__ import annotations

import asyncio
import os
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import asyncpg
import orjson
from alembic.operations import Operations
from helmlog_events.contracts.okr import KeyResultAdded
from helmlog_events.envelope import Append, Metadata, NewEvent, StreamWrite
from helmlog_events.ids import new_id
from helmlog_events.pipeline.follower import OWN_LOG
from helmlog_events.pipeline.rebuild import Rebuild
from helmlog_events.store.postgres.connections import create_engine
from helmlog_events.store.postgres.rows import COLUMNS
from helmlog_events.store.postgres.store import PostgresStore
from okr_service.domain.key_result.state import KeyResultState, evolve, initial_state
from okr_service.readmodel import tables
from okr_service.readmodel.projections import BoardProjection

from tests.bench.append import CYCLE, OBJECTIVE, update
from tests.bench.harness import Bench, Servers, alternate, bench_database, rate, report
from tests.support.databases import APP, install_log

EVENTS = int(os.environ.get("HELMLOG_BENCH_EVENTS", "1000000"))
PER_STREAM = 100
PAGE = 5_000
UPDATES = tables.key_result_updates.name


def install(operations: Operations) -> None:
    """The log, and the tables of the read model as okr-service has them."""
    install_log(operations)
    tables.metadata.create_all(operations.get_bind())
    names = ", ".join(table.name for table in BoardProjection.tables)
    operations.get_bind().exec_driver_sql(
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON {names} TO {APP}"
    )


def key_result_stream(number: int) -> StreamWrite:
    """A key result that is added and then moves until its stream is full."""
    key_result = new_id()
    now = datetime.now(UTC)
    added = KeyResultAdded(
        key_result_id=key_result,
        objective_id=OBJECTIVE,
        cycle_id=CYCLE,
        title=f"Key result {number}",
        metric="increase",
        baseline=Decimal(22),
        target=Decimal(35),
        weight=Decimal(1),
    )
    moves = (NewEvent(update(key_result), now) for _ in range(PER_STREAM - 1))
    return StreamWrite(f"key_result-{key_result}", 0, (NewEvent(added, now), *moves))


async def fill(store: PostgresStore, events: int) -> None:
    async def one(number: int) -> None:
        await store.append(Append("demo", Metadata("anna"), (key_result_stream(number),)))

    for start in range(0, events // PER_STREAM, 20):
        await asyncio.gather(*(one(start + number) for number in range(20)))


async def fold_everything(store: PostgresStore) -> int:
    states: dict[str, KeyResultState] = {}
    count = 0
    async for record in store.scan(page=PAGE):
        state = states.get(record.stream) or initial_state()
        states[record.stream] = evolve(state, record.event)  # type: ignore[arg-type]
        count += 1
    return count


async def read_and_decode(url: str) -> int:
    """The same rows in the same pages, decoded and forgotten."""
    connection = await asyncpg.connect(url)
    seq = count = 0
    while rows := await connection.fetch(
        f"SELECT {COLUMNS} FROM event_log WHERE seq > $1 ORDER BY seq LIMIT $2", seq, PAGE
    ):
        for row in rows:
            orjson.loads(row["data"])
        count += len(rows)
        seq = rows[-1]["seq"]
    await connection.close()
    return count


async def copy_rows(url: str, rows: list[tuple[Any, ...]], columns: list[str]) -> int:
    """Rows that lie ready into a table like the read model's, in batches of a page."""
    connection = await asyncpg.connect(url)
    await connection.execute(f"CREATE TABLE copied (LIKE {UPDATES} INCLUDING ALL)")
    for start in range(0, len(rows), PAGE):
        await connection.copy_records_to_table(
            "copied", records=rows[start : start + PAGE], columns=columns
        )
    await connection.execute("DROP TABLE copied")
    await connection.close()
    return len(rows)


async def bench_fold(bench: Bench) -> None:
    ours, limit = await alternate(
        lambda: rate(fold_everything(bench.store)),
        lambda: rate(read_and_decode(bench.database.app)),
        1 if EVENTS > 200_000 else 3,
    )
    report("fold", ours, limit, "events/s", events=EVENTS)


async def bench_rebuild(bench: Bench) -> None:
    """Ours is timed from the empty tables to the full ones: reading and decoding included."""
    owner = create_engine(bench.database.owner)
    async with owner.begin() as connection:
        await connection.exec_driver_sql(
            "INSERT INTO consumer_positions (consumer, topic, partition, epoch, next_offset)"
            f" VALUES ('{OWN_LOG}', '{OWN_LOG}', 0, 1, {EVENTS})"
        )
    await Rebuild(owner, "okr", BoardProjection()).run(switch=True)
    rebuilt = await Rebuild(owner, "okr", BoardProjection()).run()
    if not rebuilt.equal:
        raise AssertionError(f"a rebuild differs from itself: {rebuilt}")
    connection = await asyncpg.connect(bench.database.owner)
    columns = [column.name for column in tables.key_result_updates.columns]
    rows = [
        tuple(row) for row in await connection.fetch(f"SELECT {', '.join(columns)} FROM {UPDATES}")
    ]
    await connection.close()
    limit = await rate(copy_rows(bench.database.owner, rows, columns))
    report(
        "rebuild",
        rebuilt.events / rebuilt.fill_seconds,
        limit,
        "rows/s",
        rows=sum(table.rows for table in rebuilt.tables),
        compare_seconds=round(rebuilt.compare_seconds, 1),
    )
    await owner.dispose()


async def run(servers: Servers) -> None:
    async with bench_database(servers, install) as bench:
        await fill(bench.store, EVENTS)
        await bench_fold(bench)
        await bench_rebuild(bench)
