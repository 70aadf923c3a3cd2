"""Ingestion into a table that has grown: the same readings into 10^5, 10^6 and 10^7 stored ones."""

from __future__ import annotations

import gc
import os
import statistics
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

READINGS = 50_000
ROUNDS = 3
SIZES = "100000,1000000,10000000"


async def run(servers: Servers) -> None:
    """`HELMLOG_BENCH_READINGS` names other sizes; the first is the limit of the others."""
    sizes = [int(size) for size in os.environ.get("HELMLOG_BENCH_READINGS", SIZES).split(",")]
    async with (
        fresh_database(servers.postgres, MIGRATIONS) as database,
        Service.open(database.app) as service,
    ):
        kpi_ids = await define_kpis(service)
        await warm_up(service, servers.kafka.bootstrap)
        stored, limit, memory = 0, 0.0, 0
        for size in sizes:
            await _grow(database.superuser, service.tenant, kpi_ids, stored, size)
            rates = []
            for number in range(ROUNDS):
                gc.collect()
                start = START + timedelta(seconds=size // KPIS + number * READINGS)
                topic = await fill_topic(servers.kafka.bootstrap, READINGS, 100, start)
                rates.append(await ingest(service, servers.kafka.bootstrap, topic, READINGS, 100))
            stored = size + ROUNDS * READINGS
            rate, now = statistics.median(rates), resident()
            if not limit:
                limit, memory = rate, now
                continue
            report(f"ingest_growth_{size}", rate, limit, "readings/s", beside=sizes[0])
            report(f"ingest_memory_{size}", now, memory, "MB", beside=sizes[0])


async def _grow(url: str, tenant: str, kpi_ids: list[UUID], stored: int, size: int) -> None:
    """Readings up to `size`, as ingestion would have stored them, and statistics of the table."""
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
        " (second * 7919 % 10000) + 0.25, 1, $6, clock_timestamp(), 'grown-' || second"
        " FROM generate_series($4::int, $5::int - 1) AS second, unnest($2::uuid[]) AS kpi"
        " ON CONFLICT DO NOTHING",
        tenant,
        kpi_ids,
        START,
        stored // KPIS,
        size // KPIS,
        new_id(),
    )
    await connection.execute("VACUUM ANALYZE readings")
    await connection.close()


def resident() -> float:
    """Megabytes of memory this process holds."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6
