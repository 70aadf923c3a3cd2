"""From the broker to the table, and what can't be read to the dead-letter topic."""

import asyncio
from uuid import uuid4

import orjson
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from helmlog_events.contracts.kpi import KPIThresholdBreached
from helmlog_events.kafka.source import TopicSource
from helmlog_events.pipeline.dead_letters import DeadLetterOffice
from helmlog_events.testing.probes import eventually, running
from kpi_service.application.inbound import InboundReadings

from tests.kpi.domain.builders import rule
from tests.kpi.service import ACCEPTED, raw


async def test_readings_come_in_from_the_topic_and_the_unreadable_go_to_its_dlq(service, kafka):
    topic = f"readings-{uuid4().hex}"
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka.bootstrap)
    await admin.start()
    await admin.create_topics([NewTopic(topic, 1, 1), NewTopic(f"{topic}.dlq", 1, 1)])
    await admin.close()
    await service.define("demand", rule(for_readings=3))
    handler = InboundReadings(
        service.store, service.ingestion, service.partitions, ACCEPTED, service.tenant, service.gate
    )
    source = TopicSource(
        service.engine,
        kafka.bootstrap,
        [topic],
        topic,
        handler,
        read=handler.read,
        max_records=50,
    )
    office = DeadLetterOffice(service.engine, kafka.bootstrap, every=0.1)
    producer = AIOKafkaProducer(bootstrap_servers=kafka.bootstrap, acks="all")
    await producer.start()
    for place in range(200):
        await producer.send_and_wait(topic, orjson.dumps(raw("demand", place, 4000)))
    await producer.send_and_wait(topic, b"not a reading", key=b"k")
    await producer.send_and_wait(topic, orjson.dumps(raw("demand", 200, 9000)))
    await producer.stop()

    async def all_stored() -> bool:
        ((count,),) = await service.rows("SELECT count(*) FROM readings WHERE tenant = $1")
        return count == 201

    async with running(source.run()), running(office.run()):
        await eventually(all_stored, within=30)
        consumer = AIOKafkaConsumer(
            f"{topic}.dlq", bootstrap_servers=kafka.bootstrap, auto_offset_reset="earliest"
        )
        await consumer.start()
        letter = await asyncio.wait_for(consumer.getone(), 30)
        await consumer.stop()
    assert (letter.key, letter.value) == (b"k", b"not a reading")
    headers = dict(letter.headers)
    assert b"not JSON" in headers["reason"]
    assert headers["origin"] == f"{topic}/0/200".encode()
    assert len(await service.events(KPIThresholdBreached)) == 1
