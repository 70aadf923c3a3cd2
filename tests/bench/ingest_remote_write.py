"""Readings by Prometheus remote write, durable and judged, beside a bare COPY of the same rows.

The limit is that of `ingest`. Ours is the service in a process of its own, timed from the first
byte sent to the last answer: HTTP, key, snappy, protobuf, duplicates, judging, the digest and
events included. The sender works as Prometheus does: a series always goes by the same of its
shards, each with one request under way.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter

from helmlog_events.ids import new_id
from helmlog_web.testing import AUDIENCE, ISSUER, TestIssuer
from kpi_service.domain.source.key import SECRET_BYTES, KeyOwner, key_digest, make_key
from kpi_service.migrate import MIGRATIONS

from tests.bench.harness import Servers, alternate, report
from tests.bench.http_client import Connection
from tests.bench.ingest import BATCH, KPIS, START, copy_rows, samples
from tests.bench.serving import connections, served
from tests.kpi.domain.builders import rule
from tests.kpi.prometheus import HEADERS, body, series
from tests.kpi.service import Service
from tests.support.databases import Database, fresh_database

SHARDS = 2
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


async def run(servers: Servers, *, readings: int = 100_000, rounds: int = 3) -> None:
    ours, limit = await alternate(
        lambda: _ours(servers, readings), lambda: _limit(servers, readings), rounds
    )
    report("ingest_remote_write", ours, limit, "readings/s", readings=readings)


async def _limit(servers: Servers, readings: int) -> float:
    async with fresh_database(servers.postgres, MIGRATIONS) as database:
        return await copy_rows(database.app, readings, external_ids=False)


async def _ours(servers: Servers, readings: int) -> float:
    async with (
        fresh_database(servers.postgres, MIGRATIONS) as database,
        Service.open(database.app) as service,
    ):
        for number in range(KPIS):
            policy = rule(value="50", recover="60", for_readings=3)
            await service.define(f"kpi-{number}", policy, effective_from=START)
        owner = KeyOwner(service.tenant, new_id())
        key = make_key(owner, os.urandom(SECRET_BYTES))
        await service.register("feed-1", source_id=owner.source_id, key_digest=key_digest(key))
        await service.partitions.ensure(moment for _, moment, _ in samples(readings))
        taken = await _send(servers, database, key, _requests(readings))
        ((stored,),) = await service.rows("SELECT count(*) FROM readings WHERE tenant = $1")
        if stored != readings:
            raise RuntimeError(f"{stored} of {readings} readings are stored")
        return readings / taken


def _requests(readings: int) -> list[list[bytes]]:
    """What each shard sends: its series, together `BATCH` samples a request."""
    of_kpi: list[list[tuple[int, float]]] = [[] for _ in range(KPIS)]
    for kpi, moment, value in samples(readings):
        of_kpi[kpi].append((int((moment - _EPOCH).total_seconds() * 1000), float(value)))
    each = BATCH * SHARDS // KPIS
    return [
        [
            body(
                *(
                    series(_labels(kpi), of_kpi[kpi][start : start + each])
                    for kpi in range(shard, KPIS, SHARDS)
                )
            )
            for start in range(0, len(of_kpi[0]), each)
        ]
        for shard in range(SHARDS)
    ]


def _labels(kpi: int) -> dict[str, str]:
    return {"__name__": f"kpi_{kpi}", "instance": "localhost:9090", "job": "bench"}


async def _send(
    servers: Servers, database: Database, key: str, requests: Sequence[Sequence[bytes]]
) -> float:
    """Seconds."""
    with tempfile.TemporaryDirectory() as folder:
        jwks = Path(folder) / "jwks.json"
        jwks.write_bytes(TestIssuer().jwks)
        environment = {
            "HELMLOG_DATABASE_URL": database.app,
            "HELMLOG_KAFKA_BOOTSTRAP": servers.kafka.bootstrap,
            "HELMLOG_JWKS_PATH": str(jwks),
            "HELMLOG_ISSUER": ISSUER,
            "HELMLOG_AUDIENCE": AUDIENCE,
        }
        async with (
            served("kpi_service.main", environment) as port,
            connections(port, len(requests)) as opened,
        ):
            headers = {**HEADERS, "Authorization": f"Bearer {key}"}
            started = perf_counter()
            await asyncio.gather(
                *(
                    _shard(connection, headers, bodies)
                    for connection, bodies in zip(opened, requests, strict=True)
                )
            )
            return perf_counter() - started


async def _shard(connection: Connection, headers: dict[str, str], bodies: Sequence[bytes]) -> None:
    for content in bodies:
        answer = await connection.send("POST", "/v1/remote-write", content, headers)
        if answer.status != 204:
            raise RuntimeError(f"answered {answer.status}: {answer.body!r}")
