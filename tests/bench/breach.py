"""From a reading on Kafka to its breach on Kafka and the key result it moved, readable."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from time import perf_counter
from uuid import uuid4

import httpx
from aiokafka import AIOKafkaProducer
from helmlog_events.kafka.producer import producing

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

SAMPLES = 300
WARM_UP = 30
START = datetime(2024, 1, 1, tzinfo=UTC)


class Flow:
    """A KPI with a policy and a key result bound to it, made over REST."""

    def __init__(self, company: Company) -> None:
        self._company = company
        self.key_result = ""
        self.slug = f"kpi-{uuid4().hex[:12]}"

    async def set_up(self) -> None:
        kpi_id = await self._company.define_kpi(self.slug)
        cycle = await self._company.send(
            "okr",
            "/v1/cycles",
            {
                "name": f"2024 {self.slug}",
                "kind": "year",
                "starts_on": "2024-01-01",
                "ends_on": "2024-12-31",
                "timezone": "UTC",
            },
        )
        await self._company.send("okr", f"/v1/cycles/{cycle['id']}:activate", {})
        objective = await self._company.send(
            "okr",
            "/v1/objectives",
            {
                "cycle_id": cycle["id"],
                "title": "Answer faster",
                "why": "customers wait",
                "kind": "committed",
                "level": "company",
            },
        )
        for step in ("propose", "accept"):
            await self._company.send("okr", f"/v1/objectives/{objective['id']}:{step}", {})
        key_result = await self._company.send(
            "okr",
            f"/v1/objectives/{objective['id']}/key-results",
            {
                "title": "Latency down",
                "metric": "decrease",
                "baseline": "5000",
                "target": "100",
                "weight": 1,
                "kpi_id": kpi_id,
            },
        )
        self.key_result = key_result["id"]

    async def shown(self) -> str:
        key_result = await self._company.get("okr", f"/v1/key-results/{self.key_result}")
        return str(key_result["value"])


async def one_breach(
    flow: Flow, watch: Watch, producer: AIOKafkaProducer, number: int
) -> tuple[float, float]:
    """Milliseconds until the breach is on Kafka, and until it and the key result can be read."""
    at = START + timedelta(minutes=2 * number)
    bad, good = f"{1001 + number}", f"{number % 900}.5"
    breached = watch.expect("KPIThresholdBreached", bad)
    moved = watch.expect("KeyResultUpdated", bad)
    started = perf_counter()
    await send_reading(producer, flow.slug, at, bad)
    breach_at, moved_at = await asyncio.wait_for(asyncio.gather(breached, moved), 30)
    if await flow.shown() != bad:
        raise AssertionError("the key result moved on Kafka and is not readable")
    readable_at = max(perf_counter(), moved_at)
    recovered = watch.expect("KPIThresholdRecovered", good)
    await send_reading(producer, flow.slug, at + timedelta(minutes=1), good)
    await asyncio.wait_for(recovered, 30)
    return (breach_at - started) * 1000, (max(readable_at, breach_at) - started) * 1000


async def one_bare_chain(
    producer: AIOKafkaProducer, ends: asyncio.Queue[bytes], topic: str, number: int
) -> float:
    """Milliseconds for a message through two topics, with nothing done to it on the way."""
    mark = b"%d" % number
    started = perf_counter()
    await producer.send(topic, mark)
    while await asyncio.wait_for(ends.get(), 30) != mark:
        pass
    return (perf_counter() - started) * 1000


async def forward(bootstrap: str, first: str, second: str, ends: asyncio.Queue[bytes]) -> None:
    """The two hops: first topic to second, second to whoever waits."""
    async with (
        following(bootstrap, first) as source,
        following(bootstrap, second) as sink,
        producing(bootstrap) as producer,
    ):

        async def hop() -> None:
            async for message in source:
                await producer.send_and_wait(second, message.value)

        async def arrive() -> None:
            async for message in sink:
                ends.put_nowait(message.value)

        await asyncio.gather(hop(), arrive())


async def measure(stack: LocalStack) -> None:
    token = stack.token("admin", "demo")  # the tenant of readings that name none
    ends: asyncio.Queue[bytes] = asyncio.Queue()
    topics = [await create_topic(stack.bootstrap, partitions=1) for _ in range(2)]
    async with (
        httpx.AsyncClient(headers={"Authorization": f"Bearer {token}"}, timeout=30) as http,
        producing(stack.bootstrap) as producer,
        following(stack.bootstrap, "helmlog.kpi.events.v1", "helmlog.okr.events.v1") as consumer,
    ):
        flow, watch = Flow(Company(stack, http)), Watch(consumer)
        tasks = [
            asyncio.create_task(watch.run()),
            asyncio.create_task(forward(stack.bootstrap, *topics, ends)),
        ]
        await flow.set_up()
        await asyncio.sleep(2)
        samples: list[tuple[float, float, float]] = []
        for number in range(SAMPLES + WARM_UP):
            bare = await one_bare_chain(producer, ends, topics[0], number)
            breach, both = await one_breach(flow, watch, producer, number)
            if number >= WARM_UP:
                samples.append((bare, breach, both))
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    bare, breach, both = (list(column) for column in zip(*samples, strict=True))
    for name, share in (("breach_p50", 0.5), ("breach_p99", 0.99)):
        report(
            name,
            quantile(both, share),
            quantile(bare, share),
            "ms",
            breach_on_kafka=round(quantile(breach, share), 2),
            samples=SAMPLES,
        )


async def run(_: Servers) -> None:
    await on_a_stack_of_its_own(measure)
