"""Readings from the Kafka topic, durable, judged and published, beside the slower of two limits.

One is a bare COPY of the same rows into the same partitioned table with the same durability: rows
that lie ready as Python tuples, in batches of 5,000, nothing checked. The other consumes the same
topic with a bare aiokafka consumer and decodes what comes. Ours is timed from the first batch
handed over to the last event on Kafka: fetching, decoding, duplicates, judging, the digests,
events, position and relay included. It has taken some readings in before, as a service that runs
has; the topic is as it is made for readings, with its partitions, keyed by KPI.
"""

from __future__ import annotations

import asyncio
import gc
import statistics
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from time import perf_counter
from typing import Any
from uuid import UUID

import asyncpg
import orjson
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord
from helmlog_events.ids import new_id
from helmlog_events.kafka.claims import Claim
from helmlog_events.kafka.partitions import PARTITIONS
from helmlog_events.kafka.relay import Relay
from helmlog_events.kafka.source import TopicSource
from helmlog_events.testing.probes import eventually, running
from kpi_service.application import ingestion
from kpi_service.application.inbound import InboundReadings, ReadMessages
from kpi_service.application.judgement import bring_up
from kpi_service.migrate import MIGRATIONS

from tests.bench.harness import Servers, Side, report
from tests.bench.on_kafka import create_topic
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
    """Notes when the first batch came, and how many messages were taken in."""

    def __init__(self, handler: InboundReadings) -> None:
        self._handler = handler
        self.taken = 0
        self.started = 0.0

    async def read(self, messages: Sequence[ConsumerRecord]) -> ReadMessages:
        self.started = self.started or perf_counter()
        return await self._handler.read(messages)

    async def handle(self, claim: Claim, batch: ReadMessages) -> None:
        await self._handler.handle(claim, batch)
        self.taken += len(batch.messages)


async def run(servers: Servers, *, readings: int = 200_000, rounds: int = 3) -> None:
    """One reading a message, then a hundred; and what of each is judging."""
    for per_message, name in ((1, "ingest"), (100, "ingest_100_a_message")):
        judging: list[float] = []
        consumed, ours, copied = await _in_turns(
            rounds,
            lambda: _consume(servers, readings, per_message),  # noqa: B023 - awaited in the round
            lambda: _judged(servers, readings, per_message, judging),  # noqa: B023
            lambda: copy_rate(servers, readings),
        )
        more = {"copy": round(copied), "consume": round(consumed), "readings": readings}
        report(name, ours, min(consumed, copied), "readings/s", **more)
        # Of the time of ours, so that the ratio is the share of it that judging takes.
        more = {"per_message": per_message, "readings": readings}
        report("judging", statistics.median(judging), 1e6 / ours, "us/reading", **more)


async def _in_turns(rounds: int, *sides: Side) -> list[float]:
    """The median of each side, all of them in every round."""
    measured: list[list[float]] = []
    for _ in range(rounds):
        gc.collect()
        measured.append([await side() for side in sides])
    return [statistics.median(column) for column in zip(*measured, strict=True)]


async def _judged(servers: Servers, readings: int, per_message: int, judging: list[float]) -> float:
    """As `_ours`; notes how many microseconds a reading it takes to judge."""
    spent = 0.0

    async def timed(*arguments: Any, **more: Any) -> None:
        nonlocal spent
        started = perf_counter()
        await bring_up(*arguments, **more)
        spent += perf_counter() - started

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ingestion, "bring_up", timed)
        rate = await _ours(servers, readings, per_message)
    judging.append(spent / (readings + BATCH) * 1e6)
    return rate


async def _ours(servers: Servers, readings: int, per_message: int) -> float:
    async with (
        fresh_database(servers.postgres, MIGRATIONS) as database,
        Service.open(database.app) as service,
    ):
        await define_kpis(service)
        bootstrap = servers.kafka.bootstrap
        await warm_up(service, bootstrap)
        topic = await fill_topic(bootstrap, readings, per_message)
        return await ingest(service, bootstrap, topic, readings, per_message)


async def warm_up(service: Service, bootstrap: str) -> None:
    """Takes a batch in: connections are open, statements prepared, code loaded."""
    topic = await fill_topic(bootstrap, BATCH, 100, START - timedelta(hours=1))
    await ingest(service, bootstrap, topic, BATCH, 100)


async def define_kpis(service: Service) -> list[UUID]:
    policy = rule(value="50", recover="60", for_readings=3)
    return [
        await service.define(f"kpi-{number}", policy, effective_from=START)
        for number in range(KPIS)
    ]


async def _consume(servers: Servers, readings: int, per_message: int) -> float:
    topic = await fill_topic(servers.kafka.bootstrap, readings, per_message)
    consumer = AIOKafkaConsumer(
        topic, bootstrap_servers=servers.kafka.bootstrap, auto_offset_reset="earliest"
    )
    await consumer.start()
    started, decoded = perf_counter(), 0
    while decoded < readings:
        for messages in (await consumer.getmany(timeout_ms=1000, max_records=BATCH)).values():
            for message in messages:
                content = orjson.loads(message.value)
                decoded += 1 if per_message == 1 else len(content)
    rate = readings / (perf_counter() - started)
    await consumer.stop()
    return rate


async def copy_rate(servers: Servers, readings: int) -> float:
    """Readings a second by bare COPY in batches."""
    async with fresh_database(servers.postgres, MIGRATIONS) as database:
        return await copy_rows(database.app, readings)


def samples(readings: int, start: datetime = START) -> Iterator[tuple[int, datetime, str]]:
    for number in range(readings):
        moment = start + timedelta(seconds=number // KPIS)
        yield number % KPIS, moment, f"{number * 7919 % 10_000}.{number % 100:02d}"


def sent_readings(
    readings: int, prefix: str = "r", start: datetime = START
) -> Iterator[dict[str, str]]:
    """As an upstream system writes them; their ids begin with `prefix`."""
    for place, (kpi, moment, value) in enumerate(samples(readings, start), start=1):
        yield {
            "kpi": f"kpi-{kpi}",
            "observed_at": moment.isoformat(),
            "value": value,
            "source": "feed-1",
            "id": f"{prefix}-{place}",
        }


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


async def fill_topic(
    bootstrap: str, readings: int, per_message: int, start: datetime = START
) -> str:
    """A topic with the readings, from `start` on; each KPI's come to whole messages."""
    topic = await create_topic(bootstrap)
    producer = AIOKafkaProducer(
        bootstrap_servers=bootstrap, acks="all", enable_idempotence=True, linger_ms=5
    )
    await producer.start()
    groups: dict[str, list[dict[str, str]]] = defaultdict(list)
    sent = []
    for one in sent_readings(readings, topic, start):
        kpi = one["kpi"]
        group = groups[kpi]
        group.append(one)
        if len(group) == per_message:
            content = group[0] if per_message == 1 else group
            sent.append(await producer.send(topic, orjson.dumps(content), key=kpi.encode()))
            groups[kpi] = []
    await asyncio.gather(*sent)
    await producer.stop()
    return topic


async def ingest(
    service: Service, bootstrap: str, topic: str, readings: int, per_message: int
) -> float:
    """Readings a second from the first batch until everything that was said of them is on Kafka."""
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
        partitions=PARTITIONS,
        read=timed.read,
        max_records=max(1, BATCH // per_message),
    )
    relay = Relay(service.engine, "kpi", bootstrap, topic=await create_topic(bootstrap))

    async def published() -> int:
        return relay.progress().published_seq

    async with running(relay.run()):
        # The definitions are out, so that the relay stands where it would in a service that runs.
        head = await service.store.head()
        await eventually(published, until=lambda seq: seq >= head, within=60)
        async with running(source.run()):
            return await _ingested(service, timed, published, topic, readings, per_message)


async def _ingested(
    service: Service,
    timed: Timed,
    published: Callable[[], Awaitable[int]],
    topic: str,
    readings: int,
    per_message: int,
) -> float:
    while timed.taken < readings // per_message:  # noqa: ASYNC110 - nobody tells a benchmark
        await asyncio.sleep(0.005)
    head = await service.store.head()
    await eventually(published, until=lambda seq: seq >= head, within=60, every=0.002)
    ended = perf_counter()
    ((stored,),) = await service.rows(
        "SELECT count(*) FROM readings WHERE tenant = $1 AND external_id LIKE $2",
        f"{topic}-%",
    )
    if stored != readings:
        raise RuntimeError(f"{stored} of {readings} readings are stored")
    return readings / (ended - timed.started)
