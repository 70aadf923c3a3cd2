"""What every benchmark shares: real servers, both sides in one run, one JSON line a figure."""

from __future__ import annotations

import asyncio
import gc
import statistics
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import asyncpg
import orjson
from helmlog_events.store.postgres.connections import create_engine
from helmlog_events.store.postgres.store import PostgresStore
from helmlog_local.testing import ProvidedKafka, ProvidedPostgres
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.support.databases import Database, Install, fresh_database, install_log


@dataclass(frozen=True)
class Servers:
    """The servers of one run."""

    postgres: ProvidedPostgres
    kafka: ProvidedKafka


@dataclass(frozen=True)
class Bench:
    """A fresh database with a log, as the service sees it."""

    database: Database
    engine: AsyncEngine
    store: PostgresStore


@asynccontextmanager
async def bench_database(
    servers: Servers, install: Install = install_log, *, pool_size: int = 20
) -> AsyncIterator[Bench]:
    async with fresh_database(servers.postgres, install) as database:
        engine = create_engine(database.app, pool_size=pool_size)
        store = PostgresStore(engine)
        try:
            yield Bench(database, engine, store)
        finally:
            await store.close()
            await engine.dispose()


def report(bench: str, ours: float, limit: float, unit: str, **more: Any) -> None:
    """`ratio` is ours / limit whatever the unit: a rate wants it high, a time wants it low."""
    line = {
        "bench": bench,
        "ours": float(f"{ours:.4g}"),
        "limit": float(f"{limit:.4g}"),
        "ratio": round(ours / limit, 3),
        "unit": unit,
        **more,
    }
    sys.stdout.write(orjson.dumps(line).decode() + "\n")
    sys.stdout.flush()


Side = Callable[[], Awaitable[float]]


async def alternate(ours: Side, limit: Side, rounds: int) -> tuple[float, float]:
    """The median of each side, run in turns: a noisy neighbour meets both."""
    results: list[tuple[float, float]] = []
    for number in range(rounds):
        sides = (ours, limit) if number % 2 == 0 else (limit, ours)
        measured = {}
        for side in sides:
            gc.collect()
            measured[side] = await side()
        results.append((measured[ours], measured[limit]))
    return (
        statistics.median(result[0] for result in results),
        statistics.median(result[1] for result in results),
    )


async def rate(work: Awaitable[int]) -> float:
    """Things a second; `work` returns how many it did."""
    started = time.perf_counter()
    count = await work
    return count / (time.perf_counter() - started)


async def concurrently(callers: int, total: int, one: Callable[[int], Awaitable[object]]) -> int:
    """Runs `one(number)` `total` times by `callers` at once."""
    numbers = iter(range(total))

    async def caller() -> None:
        for number in numbers:
            await one(number)

    await asyncio.gather(*(caller() for _ in range(callers)))
    return total


async def execute(url: str, *statements: str) -> None:
    connection = await asyncpg.connect(url)
    for statement in statements:
        await connection.execute(statement)
    await connection.close()


def quantile(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
