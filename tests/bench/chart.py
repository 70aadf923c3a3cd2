"""A chart of a year at one-minute readings beside a bare SQL aggregate of the same rows.

Ours also tells the first and the last value of each bucket, and counts of each instant the latest
revision. One instant in a hundred is corrected where it says so: the bare aggregate then counts
those twice.
"""

from __future__ import annotations

import tempfile
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter
from uuid import UUID

import asyncpg
from helmlog_web.testing import TestIssuer
from kpi_service.bootstrap import NAME
from kpi_service.domain.charts import END, ORIGIN, bucket_for, buckets
from kpi_service.migrate import MIGRATIONS
from kpi_service.readmodel.charts import observed_range, read_chart

from tests.bench.harness import Bench, Servers, alternate, bench_database, execute, report
from tests.bench.http_client import Connection
from tests.bench.serving import TENANT, environment_of, served
from tests.kpi.service import Service

YEAR = datetime(2020, 1, 1, tzinfo=UTC)
MINUTES = 365 * 24 * 60
_BARE = """
SELECT date_bin($5, observed_at, $3), min(value), max(value), avg(value), count(*) FROM readings
WHERE tenant = $1 AND kpi_id = $2 AND observed_at >= $3 AND observed_at < $4 GROUP BY 1 ORDER BY 1
"""


async def run(servers: Servers, *, rounds: int = 15) -> None:
    async with bench_database(servers, MIGRATIONS) as bench:
        plain, corrected = await _fill(bench)
        connection = await asyncpg.connect(bench.database.app)
        for name, kpi_id, points in (
            ("chart", plain, 500),
            ("chart_5000_points", plain, 5_000),
            ("chart_corrected", corrected, 500),
        ):
            ours, limit = await alternate(
                _timed(lambda: _ours(connection, kpi_id, points)),  # noqa: B023 - awaited in the round
                _timed(lambda: _limit(connection, kpi_id, points)),  # noqa: B023 - awaited in the round
                rounds,
            )
            report(name, ours * 1_000, limit * 1_000, "ms", readings=MINUTES)
        await _over_http(servers, bench, connection, plain, rounds)
        await connection.close()


async def _over_http(
    servers: Servers, bench: Bench, connection: asyncpg.Connection, kpi_id: UUID, rounds: int
) -> None:
    issuer = TestIssuer()
    headers = issuer.headers("viewer", tenant=TENANT)
    with tempfile.TemporaryDirectory() as folder:
        environment = environment_of(servers, bench, issuer, Path(folder))
        async with served(f"{NAME.replace('-', '_')}.main", environment) as port:
            caller = await Connection.open(port)

            async def get() -> None:
                path = f"/v1/kpis/{kpi_id}/chart?points=500"
                answer = await caller.send("GET", path, headers=headers)
                _check(len(answer.content["items"]), 500)

            ours, limit = await alternate(
                _timed(get), _timed(lambda: _limit(connection, kpi_id, 500)), rounds
            )
            report("chart_over_http", ours * 1_000, limit * 1_000, "ms", readings=MINUTES)
            caller.close()


async def _ours(connection: asyncpg.Connection, kpi_id: UUID, points: int) -> None:
    observed = await observed_range(connection, TENANT, kpi_id, ORIGIN, END)
    if observed is None:
        raise RuntimeError("the readings are not there")
    since, before = observed[0], observed[1] + timedelta(microseconds=1)
    spans = buckets(bucket_for(since, before, points), since, before)
    _check(len(await read_chart(connection, TENANT, kpi_id, spans, since, before)), points)


async def _limit(connection: asyncpg.Connection, kpi_id: UUID, points: int) -> None:
    before = YEAR + MINUTES * timedelta(minutes=1)
    bucket = bucket_for(YEAR, before, points)
    _check(len(await connection.fetch(_BARE, TENANT, kpi_id, YEAR, before, bucket)), points)


def _check(found: int, points: int) -> None:
    if not points / 2 < found <= points:
        raise RuntimeError(f"{found} buckets, where up to {points} are asked for")


def _timed(work: Callable[[], Awaitable[None]]) -> Callable[[], Awaitable[float]]:
    async def side() -> float:
        started = perf_counter()
        await work()
        return perf_counter() - started

    return side


async def _fill(bench: Bench) -> tuple[UUID, UUID]:
    """Two KPIs with a year of readings each; one instant in a hundred of the second corrected."""
    async with Service.open(bench.database.app, TENANT) as service:
        kpi_ids = [await service.define(slug) for slug in ("plain", "corrected")]
        await service.partitions.ensure(
            YEAR + timedelta(days=day) for day in range(MINUTES // (24 * 60))
        )
    connection = await asyncpg.connect(bench.database.app)
    for kpi_id, revision, every in ((kpi_ids[0], 1, 1), (kpi_ids[1], 1, 1), (kpi_ids[1], 2, 100)):
        await connection.execute(
            "INSERT INTO readings (tenant, kpi_id, source, observed_at, value, revision, batch_id,"
            " received_at) SELECT $1, $2, 'feed-1', $3::timestamptz + minute * interval '1 minute',"
            " (minute::bigint * 7919 % 1000000)::numeric / 100, $4, $2, now()"
            " FROM generate_series(0, $5::int - 1, $6::int) AS minute",
            TENANT,
            kpi_id,
            YEAR,
            revision,
            MINUTES,
            every,
        )
    await connection.close()
    await execute(bench.database.superuser, "VACUUM ANALYZE readings")
    return kpi_ids[0], kpi_ids[1]
