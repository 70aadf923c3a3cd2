"""Readings that come in all the while something else is measured.

`python -m tests.bench.background BOOTSTRAP RATE SLUG...` sends them until its input ends: a process
of its own, so that what it computes does not hold up the clock of who measures.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from time import perf_counter

import asyncpg
import orjson
import uvloop
from aiokafka import AIOKafkaConsumer, TopicPartition
from helmlog_events.kafka.partitions import PARTITIONS
from helmlog_events.kafka.producer import producing

from tests.bench.on_kafka import READINGS
from tests.support.stack import LocalStack

A_MESSAGE = 10
"""Readings in a message."""
_TICK = 0.01
_LOOK_EVERY = 1.0
_START = datetime(2024, 1, 1, tzinfo=UTC)
_CADENCE = timedelta(seconds=1)
_STORED = "SELECT count(*) FROM readings"
_REACHED = """
SELECT sum(next_offset)::bigint FROM consumer_positions
WHERE consumer = 'readings' AND topic = $1
"""


@dataclass(slots=True)
class Background:
    """What was sent and what became of it, from `begin` to `end`; rates are a second's."""

    sent: float = 0.0
    stored: float = 0.0
    lags: list[int] = field(default_factory=list)
    """Readings that were with the broker and not yet taken in, at every look."""


@contextlib.asynccontextmanager
async def sending(stack: LocalStack, slugs: Sequence[str], rate: int) -> AsyncIterator[None]:
    """`rate` readings a second of these KPIs, in all partitions, for the length of the block."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.bench.background",
        stack.bootstrap,
        str(rate),
        *slugs,
        stdin=asyncio.subprocess.PIPE,
    )
    assert process.stdin is not None
    try:
        yield
        if process.returncode is not None:
            raise AssertionError(f"the sender ended by itself: {process.returncode}")
    finally:
        process.stdin.close()
        await process.wait()


@contextlib.asynccontextmanager
async def watched(stack: LocalStack) -> AsyncIterator[Background]:
    """Fills what it gives in while the block runs."""
    consumer = AIOKafkaConsumer(bootstrap_servers=stack.bootstrap)
    await consumer.start()
    background = Background()
    try:
        async with stack.database("kpi") as connection:
            look = _Look(consumer, connection)
            started, sent, stored = perf_counter(), await look.sent(), await look.stored()
            looking = asyncio.create_task(look.again_and_again(background.lags))
            try:
                yield background
            finally:
                looking.cancel()
                await asyncio.gather(looking, return_exceptions=True)
            seconds = perf_counter() - started
            background.sent = (await look.sent() - sent) / seconds
            background.stored = (await look.stored() - stored) / seconds
    finally:
        await consumer.stop()


class _Look:
    def __init__(self, consumer: AIOKafkaConsumer, connection: asyncpg.Connection) -> None:
        self._consumer = consumer
        self._connection = connection
        self._partitions = [TopicPartition(READINGS, number) for number in range(PARTITIONS)]

    async def sent(self) -> int:
        ends = await self._consumer.end_offsets(self._partitions)
        return sum(ends.values()) * A_MESSAGE

    async def stored(self) -> int:
        count: int = await self._connection.fetchval(_STORED)
        return count

    async def again_and_again(self, lags: list[int]) -> None:
        while True:
            reached = await self._connection.fetchval(_REACHED, READINGS)
            lags.append(max(0, await self.sent() - reached * A_MESSAGE))
            await asyncio.sleep(_LOOK_EVERY)


def _messages(slugs: Sequence[str]) -> Iterator[tuple[int, bytes, bytes]]:
    """Partition, key and value, of one KPI after the other: nothing in them is to be announced."""
    at = _START
    while True:
        times = [(at + place * _CADENCE).isoformat() for place in range(A_MESSAGE)]
        at += A_MESSAGE * _CADENCE
        for place, slug in enumerate(slugs):
            readings = [
                {"kpi": slug, "observed_at": time, "source": "background"}
                | {"value": f"{random.randrange(100, 900)}.5"}
                for time in times
            ]
            yield place % PARTITIONS, slug.encode(), orjson.dumps(readings)


async def _send(bootstrap: str, rate: int, slugs: Sequence[str]) -> None:
    ended = asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    messages = _messages(slugs)
    async with producing(bootstrap) as producer:
        started, sent = perf_counter(), 0
        while not ended.done():
            due = int((perf_counter() - started) * rate) - sent
            for _ in range(due // A_MESSAGE):
                partition, key, value = next(messages)
                await producer.send(READINGS, value, key=key, partition=partition)
                sent += A_MESSAGE
            await asyncio.sleep(_TICK)


if __name__ == "__main__":
    uvloop.run(_send(sys.argv[1], int(sys.argv[2]), sys.argv[3:]))
