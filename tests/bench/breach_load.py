"""From a reading on Kafka to its breach on Kafka while 10,000 other readings a second come in.

The workers of the other services are held: all they hear of it they would handle on the same two
cores, of which kpi-service, broker and database have need.
"""

from __future__ import annotations

import asyncio
import random
from datetime import UTC, datetime, timedelta
from time import perf_counter
from uuid import uuid4

import httpx
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from helmlog_events.kafka.producer import producing

from tests.bench.background import Background, sending, watched
from tests.bench.harness import Servers, quantile, report
from tests.bench.on_kafka import (
    Company,
    Watch,
    create_topic,
    following,
    on_a_stack_of_its_own,
    send_reading,
)
from tests.support.stack import LocalStack

SAMPLES = 100
WARM_UP = 10
IDLE_SAMPLES = 100
RATE = 10_000
KPIS = 120
_UNDER_WAY = 5.0
"""Seconds of load before anything is measured."""
_APART = 0.05
"""Seconds at most between two samples, so that they don't keep step with the load."""
_OTHERS = ("okr-worker", "alignment-worker", "audit-worker")
START = datetime(2024, 1, 1, tzinfo=UTC)


class Hop:
    """A message from a producer to a consumer, with nothing done to it on the way."""

    def __init__(self, producer: AIOKafkaProducer, topic: str) -> None:
        self._producer = producer
        self._topic = topic
        self._arrived: asyncio.Queue[bytes] = asyncio.Queue()

    async def receive(self, consumer: AIOKafkaConsumer) -> None:
        async for message in consumer:
            self._arrived.put_nowait(message.value)

    async def measure(self, number: int) -> float:
        """Milliseconds."""
        started = perf_counter()
        await self._producer.send(self._topic, b"%d" % number)
        if await asyncio.wait_for(self._arrived.get(), 30) != b"%d" % number:
            raise AssertionError("a message of another hop arrived")
        return (perf_counter() - started) * 1000


class Probe:
    """A KPI of its own, whose readings breach and recover in turns."""

    def __init__(self, producer: AIOKafkaProducer, watch: Watch, slug: str) -> None:
        self._producer = producer
        self._watch = watch
        self.slug = slug
        self._number = 0

    async def measure(self) -> float:
        """Milliseconds until the breach is on Kafka."""
        self._number += 1
        at = START + timedelta(minutes=2 * self._number)
        bad, good = f"{1000 + self._number}.5", f"{self._number % 900}.25"
        breached = self._watch.expect("KPIThresholdBreached", bad)
        started = perf_counter()
        await send_reading(self._producer, self.slug, at, bad)
        breached_at = await asyncio.wait_for(breached, 30)
        recovered = self._watch.expect("KPIThresholdRecovered", good)
        await send_reading(self._producer, self.slug, at + timedelta(minutes=1), good)
        await asyncio.wait_for(recovered, 30)
        return (breached_at - started) * 1000


async def take_samples(hop: Hop, probe: Probe) -> list[tuple[float, float]]:
    """The hop and the breach, in turns."""
    samples = []
    for number in range(SAMPLES + WARM_UP):
        await asyncio.sleep(random.uniform(0, _APART))
        sample = (await hop.measure(number), await probe.measure())
        if number >= WARM_UP:
            samples.append(sample)
    return samples


async def measure(stack: LocalStack) -> None:
    token = stack.token("admin", "demo")  # the tenant of readings that name none
    topic = await create_topic(stack.bootstrap, partitions=1)
    async with (
        httpx.AsyncClient(headers={"Authorization": f"Bearer {token}"}, timeout=30) as http,
        producing(stack.bootstrap) as producer,
        following(stack.bootstrap, "helmlog.kpi.events.v1") as events,
        following(stack.bootstrap, topic) as arriving,
    ):
        company, watch, hop = Company(stack, http), Watch(events), Hop(producer, topic)
        slugs = [f"load-{number}" for number in range(KPIS)]
        probe = Probe(producer, watch, f"probe-{uuid4().hex[:12]}")
        for slug in (probe.slug, *slugs):
            await company.define_kpi(slug)
        tasks = [asyncio.create_task(watch.run()), asyncio.create_task(hop.receive(arriving))]
        for name in _OTHERS:
            stack.freeze(name)
        idle = [await hop.measure(number) for number in range(IDLE_SAMPLES)]
        async with sending(stack, slugs, RATE):
            await asyncio.sleep(_UNDER_WAY)
            async with watched(stack) as background:
                samples = await take_samples(hop, probe)
        for name in _OTHERS:
            stack.thaw(name)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    _report(samples, idle, background)


def _report(samples: list[tuple[float, float]], idle: list[float], background: Background) -> None:
    hops, breaches = (list(column) for column in zip(*samples, strict=True))
    for name, share in (("breach_load_p50", 0.5), ("breach_load_p99", 0.99)):
        report(
            name,
            quantile(breaches, share),
            quantile(hops, share),
            "ms",
            idle_hop=round(quantile(idle, share), 2),
            sent_per_second=round(background.sent),
            stored_per_second=round(background.stored),
            longest_lag=max(background.lags),
            samples=SAMPLES,
        )


async def run(_: Servers) -> None:
    await on_a_stack_of_its_own(measure)
