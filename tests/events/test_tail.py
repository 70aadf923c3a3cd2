from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

import pytest
from helmlog_events.contracts.okr import CycleActivated
from helmlog_events.envelope import ANY_VERSION, Append, Metadata, NewEvent, StreamWrite
from helmlog_events.pipeline.tail import LogTail, Selection
from helmlog_events.store.postgres.store import PostgresStore
from helmlog_events.testing.events import THEN, Noted
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine

CYCLES = [UUID(int=number) for number in range(1, 4)]


@asynccontextmanager
async def create_tail(engine: AsyncEngine, **options: int) -> AsyncIterator[LogTail]:
    tail = LogTail(engine, **options)
    try:
        yield tail
    finally:
        await tail.close()


async def write(store: PostgresStore, count: int, chance: random.Random) -> None:
    for _ in range(count):
        cycle = chance.choice(CYCLES)
        fact = chance.choice([CycleActivated(cycle_id=cycle), Noted(text=f"of {cycle}")])
        stream = StreamWrite(f"s-{chance.randint(1, 3)}", ANY_VERSION, (NewEvent(fact, THEN),))
        tenant = chance.choice(["acme", "umbrella"])
        await store.append(Append(tenant, Metadata("anna"), (stream,)))


async def follow(
    tail: LogTail, selection: Selection, until: asyncio.Event, head: int, limit: int
) -> list[int]:
    """All that it is shown, from the first entry to the one at `head`."""
    shown: list[int] = []
    position = 0
    while position < head or not until.is_set():
        stretch = await tail.read(position, selection, limit=limit, within=0.1)
        assert position <= stretch.up_to
        shown += [entry.seq for entry in stretch.entries]
        position = stretch.up_to
    return shown


SELECTIONS = [
    Selection("acme"),
    Selection("nobody"),
    Selection("acme", types=frozenset({"Noted"})),
    Selection("acme", types=frozenset({"Noted", "CycleActivated"}), stream="s-2"),
    Selection("umbrella", cycle_id=str(CYCLES[0])),
    Selection("umbrella", stream="s-1", cycle_id=str(CYCLES[1])),
]


@pytest.mark.parametrize("keep_bytes", [0, 2_000, 4_000_000])
@pytest.mark.parametrize("limit", [1, 7, 100])
async def test_each_follower_is_shown_what_it_selects_once_and_in_order(
    engine: AsyncEngine, postgres_store: PostgresStore, keep_bytes: int, limit: int
):
    """From memory, from the database, and from one to the other, while others write."""
    count = 120
    async with create_tail(engine, keep_bytes=keep_bytes) as tail:
        done = asyncio.Event()
        following = asyncio.gather(
            *(follow(tail, selection, done, count, limit) for selection in SELECTIONS)
        )
        await write(postgres_store, count, random.Random(keep_bytes + limit))
        done.set()
        shown = await asyncio.wait_for(following, 20)
    log = await postgres_store.read_log(0, count)
    for selection, seqs in zip(SELECTIONS, shown, strict=True):
        assert seqs == [entry.seq for entry in log if selection.admits(entry)]
    assert [len(seqs) > 0 for seqs in shown] == [True, False, True, True, True, True]


async def test_it_is_read_once_however_many_follow(
    engine: AsyncEngine, postgres_store: PostgresStore
):
    async with create_tail(engine) as tail:
        done = asyncio.Event()
        followers = asyncio.gather(
            *(follow(tail, Selection("acme"), done, 30, 100) for _ in range(100))
        )
        await asyncio.sleep(0.3)
        taken = 0

        def count(*_: object) -> None:
            nonlocal taken
            taken += 1

        event.listen(engine.sync_engine, "checkout", count)
        await write(postgres_store, 30, random.Random(1))
        done.set()
        shown = await asyncio.wait_for(followers, 20)
    assert all(seqs == shown[0] for seqs in shown)
    assert shown[0]
    assert taken < 100


async def test_a_follower_that_is_cut_off_costs_no_connection(
    engine: AsyncEngine, postgres_store: PostgresStore
):
    await write(postgres_store, 200, random.Random(2))
    async with create_tail(engine, keep_bytes=0) as tail:
        await tail.read(0, Selection("acme"), within=5)
        for _ in range(50):
            reading = asyncio.create_task(tail.read(0, Selection("acme")))
            await asyncio.sleep(random.uniform(0, 0.002))
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)
        assert len((await tail.read(0, Selection("acme"))).entries) > 0
    await asyncio.sleep(0.1)
    await postgres_store.close()
    assert engine.pool.checkedout() == 0


async def test_it_wakes_whoever_waits_when_it_ends(engine: AsyncEngine):
    async with create_tail(engine) as tail:
        waiting = asyncio.create_task(tail.read(0, Selection("acme"), within=60))
        await asyncio.sleep(0.1)
        tail.end()
        assert not (await asyncio.wait_for(waiting, 20)).entries
