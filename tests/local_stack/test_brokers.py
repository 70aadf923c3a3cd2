"""Both brokers carry a message, come back after a kill and know the topics."""

import asyncio
import shutil
import subprocess
from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from helmlog_local.broker import Broker, BrokerFailed
from helmlog_local.brokers import create_broker, parse_choice
from helmlog_local.paths import cache_folder
from helmlog_local.topics import PARTITIONS, TOPICS, create_topics


@pytest.fixture(params=["embedded", "apache"])
def broker(request, tmp_path) -> Iterator[Broker]:
    try:
        broker, _ = create_broker(request.param, tmp_path, cache_folder())
    except BrokerFailed as reason:
        pytest.skip(f"needs Apache Kafka: {reason}")
    broker.start()
    yield broker
    broker.remove()


async def produce(broker: Broker, value: bytes) -> None:
    producer = AIOKafkaProducer(
        bootstrap_servers=broker.bootstrap,
        acks="all",
        enable_idempotence=True,
    )
    await producer.start()
    try:
        await producer.send_and_wait(TOPICS[0], value, key=b"a-stream")
    finally:
        await producer.stop()


async def arrives(broker: Broker, value: bytes) -> bool:
    consumer = AIOKafkaConsumer(
        TOPICS[0],
        bootstrap_servers=broker.bootstrap,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
    )
    await consumer.start()
    try:
        async with asyncio.timeout(20):
            while (await consumer.getone()).value != value:
                pass
        return True
    finally:
        await consumer.stop()


@pytest.mark.timeout(90)
async def test_a_message_arrives_and_the_broker_comes_back_after_a_kill(broker):
    await create_topics(broker.bootstrap)
    await produce(broker, b"first")
    assert await arrives(broker, b"first")

    broker.kill()
    assert not broker.running
    broker.start()

    await create_topics(broker.bootstrap)
    await produce(broker, b"second")
    assert await arrives(broker, b"second")


@pytest.mark.timeout(90)
async def test_every_topic_is_created_once_with_its_dead_letters_beside_it(broker):
    await create_topics(broker.bootstrap)
    await create_topics(broker.bootstrap)

    admin = AIOKafkaAdminClient(bootstrap_servers=broker.bootstrap)
    await admin.start()
    described = await admin.describe_topics([*TOPICS, *(f"{topic}.dlq" for topic in TOPICS)])
    await admin.close()

    partitions = {entry["topic"]: len(entry["partitions"]) for entry in described}
    assert partitions == dict.fromkeys(TOPICS, PARTITIONS) | {f"{t}.dlq": 1 for t in TOPICS}


def test_an_unknown_broker_is_refused_by_name():
    with pytest.raises(ValueError, match="embedded, apache or auto"):
        parse_choice("redpanda")


async def test_a_paused_broker_answers_again_when_resumed(broker):
    await create_topics(broker.bootstrap)
    broker.pause()
    assert not await asyncio.to_thread(broker.answers)

    broker.resume()

    assert await asyncio.to_thread(broker.answers)
    await produce(broker, b"afterwards")
    assert await arrives(broker, b"afterwards")


def test_without_maven_auto_takes_the_embedded_broker_and_says_why(tmp_path, monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda name: None if name == "mvn" else f"/usr/bin/{name}")
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: SimpleNamespace(stderr='"17.0.1"'))

    broker, reason = create_broker("auto", tmp_path, tmp_path / "empty-cache")

    assert not broker.is_apache
    assert "there is no 'mvn'" in reason
    with pytest.raises(BrokerFailed, match="there is no 'mvn'"):
        create_broker("apache", tmp_path, tmp_path / "empty-cache")


def test_an_old_java_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: SimpleNamespace(stderr='"11.0.2"'))

    with pytest.raises(BrokerFailed, match="Java 17 or later; this is 11"):
        create_broker("apache", tmp_path, tmp_path / "empty-cache")
