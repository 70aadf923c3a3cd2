"""The relay against a bare producer of the same bytes; and appends with all of it at work."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from time import perf_counter

import asyncpg
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from helmlog_events.kafka.cloudevents import encode
from helmlog_events.kafka.partitions import PARTITIONS
from helmlog_events.kafka.producer import producing
from helmlog_events.kafka.relay import Relay
from helmlog_events.testing.probes import eventually, running

from tests.bench.append import RAW_TABLE, append_through_the_store, command, insert_bare
from tests.bench.harness import (
    Bench,
    Servers,
    alternate,
    bench_database,
    concurrently,
    execute,
    quantile,
    rate,
    report,
)
from tests.bench.on_kafka import create_topic, following
from tests.bench.replay import install

EVENTS = 40_000
SAMPLES = 400
CALLERS = 16


async def relay_everything(bench: Bench, bootstrap: str) -> int:
    """From the relay's start, leadership and survey of the topic included, to the last entry."""
    relay = Relay(bench.engine, "okr", bootstrap, topic=await create_topic(bootstrap))

    async def published() -> int:
        return relay.progress().published_seq

    async with running(relay.run()):
        await eventually(published, until=lambda seq: seq >= EVENTS, within=120, every=0.005)
    await execute(bench.database.app, "DELETE FROM relay_positions")
    return EVENTS


async def produce_everything(bench: Bench, bootstrap: str) -> float:
    """Entries a second; read and encoded before, sent with no thought of order or loss."""
    messages = [encode("okr", event) async for event in bench.store.scan()]
    topic = await create_topic(bootstrap)
    async with producing(bootstrap) as producer:
        started = perf_counter()
        sent = [
            await producer.send(topic, message.value, key=message.key, headers=message.headers)
            for message in messages
        ]
        await asyncio.gather(*sent)
        return len(sent) / (perf_counter() - started)


async def bench_throughput(bench: Bench, bootstrap: str) -> None:
    await concurrently(64, EVENTS, lambda _: bench.store.append(command(key=False)))
    ours, limit = await alternate(
        lambda: rate(relay_everything(bench, bootstrap)),
        lambda: produce_everything(bench, bootstrap),
        3,
    )
    report("relay", ours, limit, "events/s")


async def bench_latency(bench: Bench, bootstrap: str) -> None:
    """From the commit to the consumer, beside a bare message from send to consumer."""
    topic, bare_topic = await create_topic(bootstrap), await create_topic(bootstrap)
    relay = Relay(bench.engine, "okr", bootstrap, topic=topic)
    ours: list[float] = []
    bare: list[float] = []
    async with (
        following(bootstrap, topic, bare_topic) as consumer,
        producing(bootstrap) as producer,
        running(relay.run()),
    ):
        for _ in range(20):  # until all is warm and the relay leads
            await bench.store.append(command(key=False))
            await consumer.getone()
        for _ in range(SAMPLES):
            await bench.store.append(command(key=False))
            started = perf_counter()
            await asyncio.wait_for(consumer.getone(), 30)
            ours.append((perf_counter() - started) * 1000)
            bare.append(await one_bare(producer, bare_topic, consumer.getone()))
    for name, share in (("relay_p50", 0.5), ("relay_p99", 0.99)):
        report(name, quantile(ours, share), quantile(bare, share), "ms", samples=SAMPLES)


async def one_bare(producer: AIOKafkaProducer, topic: str, arrival: object) -> float:
    started = perf_counter()
    await producer.send(topic, b"x")
    await asyncio.wait_for(arrival, 30)  # type: ignore[arg-type]
    return (perf_counter() - started) * 1000


@asynccontextmanager
async def okr_worker(bench: Bench, bootstrap: str) -> AsyncIterator[None]:
    """The service's worker as a process of its own: relay, read models, inbox."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "okr_service.worker",
        env=os.environ
        | {
            "HELMLOG_DATABASE_URL": bench.database.app,
            "HELMLOG_KAFKA_BOOTSTRAP": bootstrap,
            "HELMLOG_JWKS_PATH": "/dev/null",
            "HELMLOG_ISSUER": "bench",
        },
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        yield
    finally:
        process.terminate()
        await process.wait()


async def bench_append_live(servers: Servers, total: int = 8_000) -> None:
    """Relay, projections and readers share the two cores with ours; the limit has them alone."""
    bootstrap = servers.kafka.bootstrap
    async with bench_database(servers, install) as bench:
        await execute(bench.database.superuser, RAW_TABLE, "GRANT ALL ON raw_log TO test_app")
        seqs = count(1)

        async def ours() -> float:
            async with okr_worker(bench, bootstrap), running(read_on(bench)):
                await asyncio.sleep(3)  # the worker starts, and catches up with the last round
                return await rate(append_through_the_store(bench.store, CALLERS, total))

        async with asyncpg.create_pool(
            bench.database.app, min_size=CALLERS, max_size=CALLERS
        ) as pool:
            measured = await alternate(
                ours, lambda: rate(insert_bare(pool, CALLERS, total, seqs)), 3
            )
        report("append_live", *measured, "events/s")


async def read_on(bench: Bench) -> None:
    """A reader that follows the log, and looks at streams in between."""
    seq = 0
    while True:
        page = await bench.store.read_log(seq, 500)
        if page:
            seq = page[-1].seq
            await bench.store.read_stream("demo", page[0].stream)
        await asyncio.sleep(0.005)


async def create_okr_topics(bootstrap: str) -> None:
    """The worker's own, where the stack has not made them."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    known = await admin.list_topics()
    wanted = ("helmlog.okr.events.v1", "helmlog.kpi.events.v1")
    await admin.create_topics([NewTopic(t, PARTITIONS, 1) for t in wanted if t not in known])
    await admin.close()


async def run(servers: Servers) -> None:
    bootstrap = servers.kafka.bootstrap
    await create_okr_topics(bootstrap)
    async with bench_database(servers) as bench:
        await bench_throughput(bench, bootstrap)
    async with bench_database(servers) as bench:
        await bench_latency(bench, bootstrap)
    await bench_append_live(servers)
