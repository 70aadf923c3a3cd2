"""What benchmarks of the way through Kafka share: watching it, and KPIs whose readings breach."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from time import perf_counter
from typing import Any
from uuid import uuid4

import httpx
import orjson
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from helmlog_events.kafka.partitions import PARTITIONS

from tests.support.stack import LocalStack

READINGS = "helmlog.kpi.readings.v1"


@asynccontextmanager
async def following(bootstrap: str, *topics: str) -> AsyncIterator[AIOKafkaConsumer]:
    """A consumer of all partitions, from their ends on."""
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, fetch_max_wait_ms=100)
    await consumer.start()
    try:
        partitions = [
            TopicPartition(topic, number)
            for topic in topics
            for number in consumer.partitions_for_topic(topic) or await _partitions(consumer, topic)
        ]
        consumer.assign(partitions)
        await consumer.seek_to_end(*partitions)
        for partition in partitions:
            await consumer.position(partition)
        yield consumer
    finally:
        await consumer.stop()


async def _partitions(consumer: AIOKafkaConsumer, topic: str) -> set[int]:
    await consumer._client._wait_on_metadata(topic)
    return consumer.partitions_for_topic(topic) or set()


class Watch:
    """Notes when events of a type, with a mark in their data, pass by on Kafka."""

    def __init__(self, consumer: AIOKafkaConsumer) -> None:
        self._consumer = consumer
        self._waiting: dict[tuple[str, str], asyncio.Future[float]] = {}

    def expect(self, event_type: str, mark: str) -> asyncio.Future[float]:
        future = asyncio.get_running_loop().create_future()
        self._waiting[event_type, mark] = future
        return future

    async def run(self) -> None:
        async for message in self._consumer:
            event_type = dict(message.headers)["ce_type"].decode()
            data = orjson.loads(message.value)
            future = self._waiting.pop((event_type, data.get("value", "")), None)
            if future is not None:
                future.set_result(perf_counter())


async def create_topic(bootstrap: str, partitions: int = PARTITIONS) -> str:
    topic = f"bench-{uuid4().hex}"
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    await admin.create_topics([NewTopic(topic, partitions, 1)])
    await admin.close()
    return topic


class Company:
    """Makes what is measured, over REST."""

    def __init__(self, stack: LocalStack, http: httpx.AsyncClient) -> None:
        self._stack = stack
        self._http = http

    async def send(self, service: str, path: str, body: Any, method: str = "POST") -> Any:
        answer = await self._http.request(method, self._stack.url(service) + path, json=body)
        answer.raise_for_status()
        return answer.json()

    async def get(self, service: str, path: str) -> Any:
        answer = await self._http.get(self._stack.url(service) + path)
        answer.raise_for_status()
        return answer.json()

    async def define_kpi(self, slug: str) -> str:
        """One that is in breach above 1,000, and again in order below 900; returns its id."""
        definition = {
            "slug": slug,
            "name": "Latency",
            "unit": "ms",
            "direction": "down",
            "type": "operational",
            "level": "company",
            "cadence": "PT1M",
            "aggregation": "last",
            "timezone": "UTC",
        }
        kpi = await self.send("kpi", "/v1/kpis", definition)
        rule = {"severity": "critical", "when": "above", "value": "1000", "recover": "900"}
        policy = {"effective_from": "2020-01-01T00:00:00Z", "evaluate": "reading", "rules": [rule]}
        await self.send("kpi", f"/v1/kpis/{kpi['id']}/threshold-policy", policy, "PUT")
        return str(kpi["id"])


async def send_reading(producer: AIOKafkaProducer, slug: str, at: datetime, value: str) -> None:
    reading = {"kpi": slug, "observed_at": at.isoformat(), "value": value, "source": "bench"}
    await producer.send(READINGS, orjson.dumps(reading), key=slug.encode())


async def on_a_stack_of_its_own(measure: Callable[[LocalStack], Awaitable[None]]) -> None:
    """Every service a process, as it is run."""
    with tempfile.TemporaryDirectory(prefix="helmlog-bench-") as folder:
        stack = LocalStack(Path(folder))
        try:
            stack.start()
            await measure(stack)
        finally:
            stack.stop()
