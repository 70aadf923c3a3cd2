"""Ingestion into a table that has grown: the same readings into 10^6 and 10^7 stored ones, beside
10^5. Both tables are there at once and take turns: what else the machine does meets both.
"""

from __future__ import annotations

import gc
import os
import statistics
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import asyncpg
from helmlog_events.ids import new_id
from kpi_service.migrate import MIGRATIONS

from tests.bench.harness import Servers, report
from tests.bench.ingest import KPIS, START, define_kpis, fill_topic, ingest, warm_up
from tests.kpi.service import Service
from tests.support.databases import fresh_database

READINGS = 100_000
ROUNDS = 5
SIZES = "100000,1000000,10000000"


@dataclass
class Table:
    """A database of its own, with so many readings stored at first."""

    service: Service
    bootstrap: str
    size: int
    rates: list[float] = field(default_factory=list)

    async def take(self) -> None:
        """The next readings, some of each KPI."""
        start = START + timedelta(seconds=self.size // KPIS + len(self.rates) * READINGS)
        topic = await fill_topic(self.bootstrap, READINGS, 100, start)
        gc.collect()
        self.rates.append(await ingest(self.service, self.bootstrap, topic, READINGS, 100))


@asynccontextmanager
async def grown(servers: Servers, size: int) -> AsyncIterator[Table]:
    async with (
        fresh_database(servers.postgres, MIGRATIONS) as database,
        Service.open(database.app) as service,
    ):
        kpi_ids = await define_kpis(service)
        await warm_up(service, servers.kafka.bootstrap)
        await _grow(database.superuser, service.tenant, kpi_ids, size)
        yield Table(service, servers.kafka.bootstrap, size)


async def run(servers: Servers) -> None:
    """`HELMLOG_BENCH_READINGS` names other sizes; the first is the limit of the others."""
    base, *sizes = map(int, os.environ.get("HELMLOG_BENCH_READINGS", SIZES).split(","))
    for size in sizes:
        async with grown(servers, base) as small, grown(servers, size) as large:
            for number in range(ROUNDS + 1):
                await large.take()
                await small.take()
                if number == 0:
                    memory = resident()
            rate, limit = (statistics.median(table.rates[1:]) for table in (large, small))
            report(f"ingest_growth_{size}", rate, limit, "readings/s", beside=base)
            report(f"ingest_memory_{size}", resident(), memory, "MB", beside=base)


async def _grow(url: str, tenant: str, kpi_ids: list[UUID], size: int) -> None:
    """So many readings, as ingestion would have stored them, on disk and with statistics."""
    connection = await asyncpg.connect(url)
    newest = START + timedelta(seconds=size // KPIS)
    month = START.date().replace(day=1)
    while month <= (newest + timedelta(days=60)).date():
        await connection.execute("SELECT ensure_readings_partition($1)", month)
        month = (month + timedelta(days=32)).replace(day=1)
    await connection.execute(
        "INSERT INTO readings (tenant, kpi_id, source, observed_at, value, revision, batch_id,"
        " received_at, external_id)"
        " SELECT $1, kpi, 'feed-1', $3::timestamptz + second * interval '1 second',"
        " (second::bigint * 7919 % 10000) + 0.25, 1, $5, clock_timestamp(), 'grown-' || second"
        " FROM generate_series(0, $4::int - 1) AS second, unnest($2::uuid[]) AS kpi"
        " ON CONFLICT DO NOTHING",
        tenant,
        kpi_ids,
        START,
        size // KPIS,
        new_id(),
    )
    await connection.execute("VACUUM ANALYZE readings")
    await connection.execute("CHECKPOINT")
    await connection.close()


def resident() -> float:
    """Megabytes of memory this process holds."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6
