"""Waiting until everything that was written has come through everywhere."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from importlib import import_module

import asyncpg
from helmlog_events.pipeline.follower import OWN_LOG
from helmlog_events.pipeline.pipeline import Pipeline
from helmlog_events.store.postgres.connections import create_engine
from helmlog_events.store.postgres.store import PostgresStore
from helmlog_local.services import SERVICES
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.faults.journal import Journal
from tests.support.stack import LocalStack

LOGS = tuple(service.name for service in SERVICES)
_LONGEST = 120.0
_STILL_FOR = 2.5  # longer than the window in which values are published


def pipeline_of(service: str, engine: AsyncEngine) -> Pipeline:
    """What the service's worker does with events, as its own bootstrap builds it."""
    bootstrap = import_module(f"{service}_service.bootstrap")
    pipeline: Pipeline = bootstrap.create_pipeline(PostgresStore(engine))
    return pipeline


async def foreign_sources(stack: LocalStack) -> Mapping[str, frozenset[str]]:
    engine = create_engine(stack.superuser_url("okr"))  # never connects: only the wiring is asked
    return {service: pipeline_of(service, engine).foreign_sources for service in LOGS}


async def settle(stack: LocalStack, journal: Journal, *, within: float = _LONGEST) -> None:
    """Returns when nothing is under way any more; fails with what has not come through."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + within
    sources = await foreign_sources(stack)
    before: Mapping[str, int] = {}
    still_since = loop.time()
    while True:
        stack.assert_alive()
        try:
            heads = await _heads(stack)
            lacking = await _lacking(stack, journal, heads, sources)
        except (OSError, asyncpg.PostgresError) as error:
            heads, lacking = {}, [f"PostgreSQL does not answer: {error!r}"]
        if lacking or heads != before:
            before, still_since = heads, loop.time()
        elif loop.time() - still_since > _STILL_FOR:
            return
        if loop.time() > deadline:
            logs = [stack.log_tail(name) for name in _suspects(lacking)]
            raise AssertionError("\n".join([f"not settled after {within:.0f} s:", *lacking, *logs]))
        await asyncio.sleep(0.3)


async def _heads(stack: LocalStack) -> Mapping[str, int]:
    heads = {}
    for service in LOGS:
        async with stack.database(service) as connection:
            heads[service] = await connection.fetchval(
                "SELECT coalesce(max(seq), 0) FROM event_log"
            )
    return heads


async def _lacking(
    stack: LocalStack,
    journal: Journal,
    heads: Mapping[str, int],
    sources: Mapping[str, frozenset[str]],
) -> list[str]:
    lacking = []
    for service in LOGS:
        async with stack.database(service) as connection:
            if service != "audit":  # the witness hears its own log from the bus, like any other
                reached = await connection.fetchval(
                    "SELECT coalesce(max(next_offset), 0) FROM consumer_positions"
                    " WHERE consumer = $1",
                    OWN_LOG,
                )
                if reached != heads[service]:
                    lacking.append(f"{service}: read models at {reached} of {heads[service]}")
            for source in sorted(sources[service]):
                arrived = await connection.fetchval(
                    "SELECT count(*) FROM inbox WHERE source = $1", source
                )
                if arrived != heads[source]:
                    first = await _first_missing(connection, source)
                    lacking.append(
                        f"{service}: {arrived} of {heads[source]} events of {source},"
                        f" the first missing is {first}"
                    )
    async with stack.database("kpi") as connection:
        stored = await connection.fetchval(
            "SELECT count(*) FROM readings WHERE tenant = $1", journal.tenant
        )
        if stored < len(journal.readings):
            lacking.append(f"kpi: {stored} of {len(journal.readings)} readings")
        if await connection.fetchval("SELECT count(*) FROM kpi_state WHERE pending"):
            lacking.append("kpi: values wait to be published")
    return lacking


async def _first_missing(connection: asyncpg.Connection, source: str) -> int | None:
    missing: int | None = await connection.fetchval(
        "SELECT min(n) FROM generate_series(1, (SELECT coalesce(max(seq), 0) + 1 FROM inbox"
        " WHERE source = $1)) AS n WHERE NOT EXISTS"
        " (SELECT FROM inbox WHERE source = $1 AND seq = n)",
        source,
    )
    return missing


def _suspects(lacking: list[str]) -> list[str]:
    consumers = {f"{line.partition(':')[0]}-worker" for line in lacking}
    producers = {
        f"{name}-worker" for name in LOGS if any(f"events of {name}" in line for line in lacking)
    }
    known = {f"{name}-worker" for name in LOGS}
    return sorted((consumers | producers) & known)
