"""Readings over HTTP as NDJSON, durable and judged, beside a bare COPY of the same rows.

Ours is one request to a served process, timed from its first byte sent to its answer: parsing,
duplicates, judging, the digest and the events included, one transaction every 5,000 rows. The limit
is that of `ingest`.
"""

from __future__ import annotations

import gzip
import tempfile
from pathlib import Path
from time import perf_counter

import orjson
from helmlog_web.testing import TestIssuer
from kpi_service.migrate import MIGRATIONS

from tests.bench.harness import Servers, alternate, report
from tests.bench.http_client import Connection
from tests.bench.ingest import copy_rate, define_kpis, sent_readings
from tests.bench.serving import environment_of, served
from tests.kpi.service import Service
from tests.support.databases import fresh_database


async def run(servers: Servers, *, readings: int = 100_000, rounds: int = 3) -> None:
    """As it is, and as gzip."""
    plain = b"\n".join(map(orjson.dumps, sent_readings(readings)))
    for name, body, encoding in (
        ("ingest_http", plain, "identity"),
        ("ingest_http_gzip", gzip.compress(plain), "gzip"),
    ):
        ours, limit = await alternate(
            lambda: _ours(servers, readings, body, encoding),  # noqa: B023 - awaited in the round
            lambda: copy_rate(servers, readings),
            rounds,
        )
        report(name, ours, limit, "readings/s", readings=readings)


async def _ours(servers: Servers, readings: int, body: bytes, encoding: str) -> float:
    issuer = TestIssuer()
    async with (
        fresh_database(servers.postgres, MIGRATIONS) as database,
        Service.open(database.app) as service,
    ):
        await define_kpis(service)
        with tempfile.TemporaryDirectory() as folder:
            jwks_path = Path(folder) / "jwks.json"
            jwks_path.write_bytes(issuer.jwks)
            environment = environment_of(database.app, servers, jwks_path)
            async with served("kpi_service.main", environment) as port:
                return await _rate(port, readings, body, _headers(issuer, service, encoding))


def _headers(issuer: TestIssuer, service: Service, encoding: str) -> dict[str, str]:
    return {
        **issuer.headers("ingest", tenant=service.tenant),
        "Content-Type": "application/x-ndjson",
        "Content-Encoding": encoding,
    }


async def _rate(port: int, readings: int, body: bytes, headers: dict[str, str]) -> float:
    connection = await Connection.open(port)
    started = perf_counter()
    answer = await connection.send("POST", "/v1/readings", body, headers)
    elapsed = perf_counter() - started
    connection.close()
    if answer.content["accepted"] != readings:
        raise RuntimeError(f"{answer.content['accepted']} of {readings} readings were accepted")
    return readings / elapsed
