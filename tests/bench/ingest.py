"""Readings from the Kafka topic, durable and judged, beside a bare COPY of the same rows.

Both sides write into the same partitioned table with the same durability, in one run. The limit
sends rows that lie ready as Python tuples, in batches of 5,000, and checks nothing. Ours is timed
from the first batch handed over to the last commit: fetching, decoding, duplicates, judging, the
digest, events and position included.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from time import perf_counter
from uuid import uuid4

import asyncpg
import orjson
from aiokafka import AIOKafkaProducer, ConsumerRecord
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from helmlog_events.ids import new_id
from helmlog_events.kafka.claims import Claim
from helmlog_events.kafka.source import TopicSource
from kpi_service.application.inbound import InboundReadings
from kpi_service.migrate import MIGRATIONS

from tests.bench.harness import Servers, alternate, report
from tests.kpi.domain.builders import rule
from tests.kpi.service import ACCEPTED, Service
from tests.support.databases import fresh_database

BATCH = 5_000
KPIS = 10
START = datetime(2015, 1, 1, tzinfo=UTC)
COLUMNS = (
    "tenant",
    "kpi_id",
    "source",
    "observed_at",
    "value",
    "revision",
    "batch_id",
    "received_at",
    "external_id",
)


class Timed:
    """Notes when the first batch came and when the last one was committed."""

    def __init__(self, handler: InboundReadings) -> None:
        self._handler = handler
        self.taken = 0
        self.started = self.ended = 0.0

    async def handle(self, claim: Claim, messages: Sequence[ConsumerRecord]) -> None:
        self.started = self.started or perf_counter()
        await self._handler.handle(claim, messages)
        self.taken += len(messages)
        self.ended = perf_counter()


async def run(servers: Servers, *, readings: int = 100_000, rounds: int = 3) -> None:
    """One reading a message, then a hundred."""
    for per_message, name in ((1, "ingest"), (100, "ingest_100_a_message")):
        ours, limit = await alternate(
            lambda: _ours(servers, readings, per_message),  # noqa: B023 - awaited in the round
            lambda: copy_rate(servers, readings),
            rounds,
        )
        report(name, ours, limit, "readings/s", readings=readings)


async def _ours(servers: Servers, readings: int, per_message: int) -> float:
    async with (
        fresh_database(servers.postgres, MIGRATIONS) as database,
        Service.open(database.app) as service,
    ):
        await define_kpis(service)
        topic = f"bench-{uuid4().hex}"
        await _fill(servers.kafka.bootstrap, topic, readings, per_message)
        return await _ingest(service, servers.kafka.bootstrap, topic, readings, per_message)


async def copy_rate(servers: Servers, readings: int) -> float:
    async with fresh_database(servers.postgres, MIGRATIONS) as database:
        return await copy_rows(database.app, readings)


def samples(readings: int) -> Iterator[tuple[int, datetime, str]]:
    for number in range(readings):
        moment = START + timedelta(seconds=number // KPIS)
        yield number % KPIS, moment, f"{number * 7919 % 10_000}.{number % 100:02d}"


def sent_readings(readings: int) -> Iterator[dict[str, str]]:
    """As an upstream system writes them."""
    for place, (kpi, moment, value) in enumerate(samples(readings), start=1):
        yield {
            "kpi": f"kpi-{kpi}",
            "observed_at": moment.isoformat(),
            "value": value,
            "source": "feed-1",
            "id": f"r-{place}",
        }


async def define_kpis(service: Service) -> None:
    for number in range(KPIS):
        policy = rule(value="50", recover="60", for_readings=3)
        await service.define(f"kpi-{number}", policy, effective_from=START)


async def copy_rows(url: str, readings: int, *, external_ids: bool = True) -> float:
    connection = await asyncpg.connect(url)
    kpi_ids = [new_id() for _ in range(KPIS)]
    batch_id, now = new_id(), datetime.now(UTC)
    rows = [
        (
            "limit",
            kpi_ids[kpi],
            "feed-1",
            moment,
            Decimal(value),
            1,
            batch_id,
            now,
            f"r-{place}" if external_ids else None,
        )
        for place, (kpi, moment, value) in enumerate(samples(readings))
    ]
    for month in {row[3].date().replace(day=1) for row in rows}:
        await connection.execute("SELECT ensure_readings_partition($1)", month)
    started = perf_counter()
    for start in range(0, readings, BATCH):
        await connection.copy_records_to_table(
            "readings", columns=COLUMNS, records=rows[start : start + BATCH]
        )
    rate = readings / (perf_counter() - started)
    await connection.close()
    return rate


async def _fill(bootstrap: str, topic: str, readings: int, per_message: int) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    await admin.create_topics([NewTopic(topic, 1, 1)])
    await admin.close()
    producer = AIOKafkaProducer(
        bootstrap_servers=bootstrap, acks="all", enable_idempotence=True, linger_ms=5
    )
    await producer.start()
    group: list[dict[str, str]] = []
    sent = []
    for one in sent_readings(readings):
        group.append(one)
        if len(group) == per_message:
            content = group[0] if per_message == 1 else group
            sent.append(await producer.send(topic, orjson.dumps(content)))
            group = []
    await asyncio.gather(*sent)
    await producer.stop()


async def _ingest(
    service: Service, bootstrap: str, topic: str, readings: int, per_message: int
) -> float:
    timed = Timed(
        InboundReadings(
            service.store,
            service.ingestion,
            service.partitions,
            ACCEPTED,
            service.tenant,
            service.gate,
        )
    )
    source = TopicSource(
        service.engine,
        bootstrap,
        [topic],
        topic,
        timed,
        max_records=max(1, BATCH // per_message),
    )
    running = asyncio.create_task(source.run())
    while timed.taken < readings // per_message:  # noqa: ASYNC110 - nobody tells a benchmark
        await asyncio.sleep(0.01)
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running
    ((stored,),) = await service.rows("SELECT count(*) FROM readings WHERE tenant = $1")
    if stored != readings:
        raise RuntimeError(f"{stored} of {readings} readings are stored")
    return readings / (timed.ended - timed.started)
