"""Whoever follows a log sees every committed event once and in order, whatever writers die of."""

from __future__ import annotations

import asyncio
import random
import signal
import sys
from collections import Counter

import pytest
from helmlog_events.store.postgres.connections import create_engine, driver
from helmlog_events.store.postgres.store import PostgresStore
from helmlog_events.testing.probes import eventually
from helmlog_events.testing.store_contract import assert_chained
from helmlog_local.testing import ProvidedPostgres
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.faults import writer
from tests.support.databases import fresh_database
from tests.support.stack import LocalStack

pytestmark = [pytest.mark.faults, pytest.mark.timeout(120)]

WRITERS = 2
LIVES = 4


class Told:
    """What the writers said before they died."""

    def __init__(self) -> None:
        self.committed: set[str] = set()
        self.undone: set[str] = set()

    def hear(self, line: bytes) -> None:
        # Killed within a line, a writer has not said it.
        if line.endswith(b"\n"):
            what, stream = line.decode().split()
            (self.committed if what == "committed" else self.undone).add(stream)


async def test_a_feed_has_no_gap_while_writing_processes_are_killed(
    stack: LocalStack, seed: int
) -> None:
    server = ProvidedPostgres(stack.superuser_url("okr"), "the stack's")
    chance, told = random.Random(seed), Told()
    async with fresh_database(server) as database:
        engine = create_engine(database.app)
        store = PostgresStore(engine)
        finished = asyncio.Event()
        following = asyncio.create_task(_follow(store, finished))
        await asyncio.gather(
            *(_live_and_die(database.app, f"{name}", chance, told) for name in range(WRITERS))
        )
        # The server may still be at the last commit of somebody who is dead.
        await eventually(lambda: _left(engine), until=lambda left: left == 0)
        finished.set()
        seen = await following
        log = [event async for event in store.scan()]
        await store.close()
        await engine.dispose()

    assert_chained(log)
    assert [seq for seq, _, _ in seen] == [event.seq for event in log]
    versions: Counter[str] = Counter()
    for seq, stream, version in seen:
        versions[stream] += 1
        assert version == versions[stream], f"{seq}: version {version} of {stream}"
    assert told.committed, "the writers came to nothing"
    assert sorted(told.committed - versions.keys()) == []
    assert sorted(told.undone & versions.keys()) == []
    assert set(versions.values()) == {2}, "half an append stands"


async def _left(engine: AsyncEngine) -> int:
    async with engine.connect() as connection:
        left: int = await (await driver(connection)).fetchval(
            "SELECT count(*) FROM pg_stat_activity WHERE application_name = $1", writer.NAME
        )
        return left


async def _follow(store: PostgresStore, finished: asyncio.Event) -> list[tuple[int, str, int]]:
    seen: list[tuple[int, str, int]] = []
    while True:
        last_round = finished.is_set()
        page = await store.read_log(seen[-1][0] if seen else 0, 100)
        seen += [(event.seq, event.stream, event.version) for event in page]
        if last_round and not page:
            return seen
        await asyncio.sleep(0.001)


async def _live_and_die(url: str, name: str, chance: random.Random, told: Told) -> None:
    for life in range(LIVES):
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "tests.faults.writer",
            url,
            f"{name}-{life}",
            str(chance.random()),
            stdout=asyncio.subprocess.PIPE,
        )
        assert process.stdout is not None
        try:
            told.hear(await process.stdout.readline())  # it is at work
            dies_at = asyncio.get_running_loop().time() + chance.uniform(0.3, 1.2)
            while asyncio.get_running_loop().time() < dies_at:
                told.hear(await process.stdout.readline())
        finally:
            process.send_signal(signal.SIGKILL)
            await process.wait()
        while line := await process.stdout.readline():
            told.hear(line)
