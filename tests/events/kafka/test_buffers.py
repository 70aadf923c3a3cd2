"""What is fetched and not yet handled stays bounded, however slow the handler is."""

import asyncio
from collections.abc import Sequence

from aiokafka import AIOKafkaProducer, ConsumerRecord
from helmlog_events.kafka.claims import Claim
from helmlog_events.kafka.source import TopicSource
from helmlog_events.testing.probes import eventually
from prometheus_client import REGISTRY

from tests.events.kafka.support import create_topic, new_topic_name, running

MESSAGES = 12_000
SIZE = 500
ONE_FETCH = 1024 * 1024


class Slow:
    """Handles nothing until it may."""

    def __init__(self) -> None:
        self.may = asyncio.Event()
        self.offsets: list[int] = []
        self.largest = (0, 0)

    async def handle(self, claim: Claim, messages: Sequence[ConsumerRecord]) -> None:
        del claim
        await self.may.wait()
        self.offsets.extend(message.offset for message in messages)
        size = sum(len(message.value) for message in messages)
        self.largest = max(self.largest[0], len(messages)), max(self.largest[1], size)


async def _fill(bootstrap: str, topic: str) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, linger_ms=20)
    await producer.start()
    sent = [await producer.send(topic, bytes(SIZE)) for _ in range(MESSAGES)]
    await asyncio.gather(*sent)
    await producer.stop()


async def test_a_slow_handler_pauses_its_partition_and_loses_nothing(engine, kafka):
    topic = new_topic_name()
    await create_topic(kafka.bootstrap, topic, partitions=1)
    await _fill(kafka.bootstrap, topic)
    slow = Slow()
    source = TopicSource(
        engine,
        kafka.bootstrap,
        [topic],
        "slow",
        slow,
        partitions=1,
        max_records=200,
        max_bytes=20_000,
        check_every=0.2,
    )

    def shown(name: str) -> float:
        labels = {"consumer": "slow", "topic": topic}
        return REGISTRY.get_sample_value(f"helmlog_consumer_{name}", labels) or 0.0

    async def waiting() -> tuple[float, float]:
        return shown("paused_total"), shown("buffered_bytes")

    async with running(source.run()):
        await eventually(waiting, until=lambda seen: seen[0] > 0 and seen[1] > 0, within=30)
        await asyncio.sleep(1.2)  # the next look at it: nothing more has come
        assert 40_000 <= shown("buffered_bytes") <= 40_000 + ONE_FETCH
        assert shown("buffered_messages") * SIZE == shown("buffered_bytes")
        assert source.progress().partitions == {topic: 1}
        assert source.progress().lag[topic] == MESSAGES
        slow.may.set()

        async def handled() -> int:
            return len(slow.offsets)

        await eventually(handled, until=lambda count: count == MESSAGES, within=30)
    assert slow.offsets == [*range(MESSAGES)]
    assert slow.largest == (40, 20_000)
    assert shown("buffered_messages") == 0
