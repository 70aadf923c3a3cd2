"""The board of a real quarter's size: unchanged, just changed, and in a log that grows."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from itertools import count
from statistics import median
from time import perf_counter
from urllib.parse import quote
from uuid import UUID

import asyncpg
from helmlog_events.store.postgres.store import PostgresStore
from okr_service.readmodel.position import read_position

from tests.bench.harness import Servers, alternate, concurrently, execute, rate, report
from tests.bench.http_client import Answer, Connection
from tests.bench.quarter import Quarter, check_in, create_quarter
from tests.bench.replay import fill
from tests.bench.serving import TENANT, Caller, Sides, both_sides, connections, following

LARGE = int(os.environ.get("HELMLOG_BENCH_EVENTS", "1000000"))
SMALL = LARGE // 100
READERS = 16


async def run(servers: Servers) -> None:
    async with both_sides(servers) as sides, following(sides.bench):
        quarter = await create_quarter(sides)
        await _read(sides, quarter)
        await _changed(sides, quarter)
    await _growth(servers)


async def _read(sides: Sides, quarter: Quarter, *, total: int = 3_000, rounds: int = 5) -> None:
    """Nothing has changed since it was last read; the limit sends ready bytes by primary key."""
    async with sides.caller() as caller:
        caller.seq = await sides.bench.store.head()
        board = (await caller.get(quarter.board)).body
        headers = caller.headers
    connection = await asyncpg.connect(sides.bench.database.app)
    await connection.execute("INSERT INTO bare_boards VALUES ($1, $2)", UUID(quarter.cycle), board)
    await connection.close()

    async def read(port: int, path: str, headers: dict[str, str]) -> float:
        async with connections(port, READERS) as opened:
            free = list(opened)

            async def one(_: int) -> None:
                connection = free.pop()
                _check(await connection.send("GET", path, headers=headers))
                free.append(connection)

            return await rate(concurrently(READERS, total, one))

    ours, limit = await alternate(
        lambda: read(sides.okr_port, quarter.board, headers),
        lambda: read(sides.bare_port, f"/boards/{quarter.cycle}", {}),
        rounds,
    )
    report("board_read", ours, limit, "reads/s", bytes=len(board))


async def _changed(sides: Sides, quarter: Quarter, *, total: int = 40, rounds: int = 3) -> None:
    """A check-in before each read, shown by it; the limit reads the same rows and dumps them."""
    path = f"/rows/{TENANT}/{quarter.cycle}"
    async with sides.caller() as caller, connections(sides.bare_port, 1) as (bare,):
        ours, limit = await alternate(
            lambda: _median(total, _changing(sides, caller, quarter), caller, quarter.board),
            lambda: _median(total, _changing(sides, caller, quarter), bare, path),
            rounds,
        )
    report("board_changed", 1 / ours, 1 / limit, "reads/s")


async def _growth(servers: Servers, *, total: int = 30, rounds: int = 3) -> None:
    """One board among few events and among many; both logs stand side by side."""
    async with AsyncExitStack() as stack:
        logs: list[tuple[Sides, Quarter]] = []
        for events in (LARGE, SMALL):
            sides = await stack.enter_async_context(both_sides(servers))
            await stack.enter_async_context(following(sides.bench))
            quarter = await create_quarter(sides)
            await fill(sides.bench.store, events)
            await _level(sides)
            await execute(sides.bench.database.superuser, "ANALYZE")
            logs.append((sides, quarter))

        def present(number: int) -> Callable[[], Awaitable[float]]:
            return lambda: _present(total, *logs[number])

        def past(number: int) -> Callable[[], Awaitable[float]]:
            return lambda: _past(total, *logs[number])

        for name, side in (("present", present), ("past", past)):
            measured = await alternate(side(0), side(1), rounds)
            ours, limit = (1_000 * seconds for seconds in measured)
            report(f"board_growth_{name}", ours, limit, "ms", events=[LARGE, SMALL])


def _changing(sides: Sides, caller: Caller, quarter: Quarter) -> Callable[[], Awaitable[None]]:
    numbers = count()

    async def change() -> None:
        number = next(numbers)
        await check_in(caller, quarter.key_results[number % len(quarter.key_results)], number)
        await _level(sides)  # the wait for the read models is not the read's

    return change


async def _median(
    total: int, prepare: Callable[[], Awaitable[None]], reader: Caller | Connection, path: str
) -> float:
    times = []
    for _ in range(total):
        await prepare()
        started = perf_counter()
        answer = await (
            reader.get(path) if isinstance(reader, Caller) else reader.send("GET", path)
        )
        times.append(perf_counter() - started)
        _check(answer)
    return median(times)


async def _present(total: int, sides: Sides, quarter: Quarter) -> float:
    async with sides.caller() as caller:
        return await _median(total, _changing(sides, caller, quarter), caller, quarter.board)


async def _past(total: int, sides: Sides, quarter: Quarter) -> float:
    """Each read asks for a moment that nobody has asked for."""
    moment = datetime.now(UTC) - timedelta(milliseconds=50)
    known = quote(moment.isoformat())
    times = []
    async with sides.caller() as caller:
        for number in range(total):
            valid = quote((moment - timedelta(microseconds=number)).isoformat())
            started = perf_counter()
            _check(await caller.get(f"{quarter.board}?valid_at={valid}&known_at={known}"))
            times.append(perf_counter() - started)
    return median(times)


async def _level(sides: Sides) -> None:
    """Waits until the read models show the whole log."""
    store: PostgresStore = sides.bench.store
    head = await store.head()
    while await read_position(sides.bench.engine) < head:  # noqa: ASYNC110 - nobody tells a benchmark
        await asyncio.sleep(0.002)


def _check(answer: Answer) -> None:
    if answer.status != 200:
        raise RuntimeError(f"answered {answer.status}: {answer.body[:500]!r}")
