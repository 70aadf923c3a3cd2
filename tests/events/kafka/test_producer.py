import asyncio

import pytest
from aiokafka.errors import KafkaConnectionError, ProducerClosed
from helmlog_events.kafka.producer import (
    create_pinned_producer,
    create_producer,
    discard_producer,
    producing,
    stop_producer,
)

from tests.events.kafka.support import create_topic, new_topic_name, read_topic


@pytest.mark.faults
@pytest.mark.timeout(180)
async def test_a_pinned_producer_does_not_write_to_a_broker_it_met_anew(own_broker):
    topic = new_topic_name()
    await create_topic(own_broker.bootstrap, topic)
    async with producing(own_broker.bootstrap) as patient:  # until the new topic has its leaders
        await patient.send_and_wait(topic, b"first", partition=0)
    producer = await create_pinned_producer(own_broker.bootstrap)
    assert await producer.pin(topic, patience=10) == 12
    async with asyncio.timeout(10):
        await producer.send_and_wait(topic, b"before", partition=0)
    own_broker.remove()
    waiting = await producer.send(topic, b"meanwhile", partition=0)
    await asyncio.to_thread(own_broker.start)
    await create_topic(own_broker.bootstrap, topic)
    with pytest.raises(KafkaConnectionError):
        await asyncio.wait_for(waiting, 30)
    await discard_producer(producer)
    assert await read_topic(own_broker.bootstrap, topic) == {}


@pytest.mark.faults
@pytest.mark.timeout(180)
async def test_a_producer_can_be_stopped_while_the_broker_hangs(own_broker):
    topic = new_topic_name()
    await create_topic(own_broker.bootstrap, topic)
    producer = await create_producer(own_broker.bootstrap)
    await producer.send_and_wait(topic, b"1", partition=0)
    own_broker.pause()
    try:
        waiting = await producer.send(topic, b"2", partition=0)
        async with asyncio.timeout(20):
            await stop_producer(producer, patience=0.5)
    finally:
        own_broker.resume()
    assert waiting.done()  # one way or the other: the broker may have been quicker than the signal
    assert waiting.exception() is None or isinstance(waiting.exception(), ProducerClosed)


async def test_a_broker_that_is_not_there_is_an_error_soon():
    with pytest.raises(Exception, match=r"bootstrap|Unable") as failure:
        await create_producer("127.0.0.1:9", patience=5)
    assert isinstance(failure.value, KafkaConnectionError | TimeoutError)
