import asyncio

import pytest
from helmlog_events.kafka.cloudevents import decode
from helmlog_events.kafka.relay import Relay
from helmlog_events.kafka.sessions import lock_key
from helmlog_events.store.postgres.connections import create_engine
from helmlog_events.testing.probes import eventually

from tests.events.kafka.support import (
    append,
    create_topic,
    execute,
    fill,
    new_topic_name,
    read_topic,
    running,
    topic_is_level,
)


async def level(kafka, topic, store) -> None:
    head = await store.head()
    assert await eventually(lambda: topic_is_level(kafka.bootstrap, topic, head), within=30)


async def test_the_whole_log_arrives_in_order_while_it_is_being_written(
    engine, postgres_store, kafka, topic
):
    async def write(writer: int) -> None:
        for _ in range(40):
            await append(postgres_store, f"cycle-{writer % 5}")

    relay = Relay(engine, "okr", kafka.bootstrap, topic=topic, page=50)
    async with running(relay.run()):
        await asyncio.gather(*map(write, range(12)))
        await level(kafka, topic, postgres_store)
    entries = [
        r for records in (await read_topic(kafka.bootstrap, topic)).values() for r in records
    ]
    log = await postgres_store.read_log(0, 1_000)
    assert sorted((decode(entry).record for entry in entries), key=lambda r: r.seq) == log


async def test_an_entry_is_in_the_topic_soon_after_its_commit(engine, postgres_store, kafka, topic):
    async with running(Relay(engine, "okr", kafka.bootstrap, topic=topic).run()):
        await append(postgres_store, "cycle-1")
        await level(kafka, topic, postgres_store)
        progress = await eventually(
            lambda: execute(engine, "SELECT last_seq FROM relay_positions WHERE partition = -1"),
            until=lambda rows: rows and rows[0]["last_seq"] == 1,
        )
    assert progress


async def test_batches_beyond_what_a_broker_takes_at_once_are_split(
    engine, postgres_store, kafka, topic
):
    await append(postgres_store, "cycle-1", 3_000)
    async with running(Relay(engine, "okr", kafka.bootstrap, topic=topic, page=3_000).run()):
        await level(kafka, topic, postgres_store)


async def test_one_relay_leads_and_the_next_takes_over_when_it_ends(
    engine, postgres_store, kafka, topic
):
    first, second = (Relay(engine, "okr", kafka.bootstrap, topic=topic) for _ in range(2))
    async with running(second.run()):
        async with running(first.run()):
            await eventually(lambda: _leaders(first, second), until=lambda n: n == 1)
            await fill(postgres_store, 20)
            await level(kafka, topic, postgres_store)
            assert await _leaders(first, second) == 1
        await append(postgres_store, "cycle-1")
        await level(kafka, topic, postgres_store)
        assert second.progress().leads


async def _leaders(*relays: Relay) -> int:
    return sum(relay.progress().leads for relay in relays)


async def test_a_leader_whose_session_is_cut_stops_and_nothing_is_lost_or_reordered(
    engine, database, postgres_store, kafka, topic
):
    key = lock_key("relay", topic) % 2**64
    superuser = create_engine(database.superuser)
    relays = [Relay(engine, "okr", kafka.bootstrap, topic=topic, page=20) for _ in range(2)]
    async with running(*(relay.run() for relay in relays)):
        for _ in range(8):
            await fill(postgres_store, 40)
            cut = await execute(
                superuser,
                "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'"
                " AND granted AND classid = $1::bigint::oid AND objid = $2::bigint::oid",
                key >> 32,
                key & 0xFFFFFFFF,
            )
            assert len(cut) <= 1
            await eventually(lambda: _leaders(*relays), until=lambda n: n == 1)
        await level(kafka, topic, postgres_store)
    await superuser.dispose()


async def test_a_topic_with_more_partitions_than_the_streams_are_dealt_to_is_refused(
    engine, postgres_store, kafka
):
    topic = new_topic_name()
    await create_topic(kafka.bootstrap, topic, partitions=13)
    await append(postgres_store, "cycle-1")
    relay = Relay(engine, "okr", kafka.bootstrap, topic=topic)
    async with running(relay.run()):
        await eventually(lambda: _lag(relay), until=lambda lag: lag == 1)
        assert relay.progress().published_seq == 0


async def test_a_topic_that_a_broker_made_up_is_grown_before_anything_is_published(
    engine, postgres_store, kafka
):
    topic = new_topic_name()
    await create_topic(kafka.bootstrap, topic, partitions=1)
    await fill(postgres_store, 30, 2)
    relay = Relay(engine, "okr", kafka.bootstrap, topic=topic)
    async with running(relay.run()):
        await eventually(lambda: _published(relay), until=lambda seq: seq == 60)
        await level(kafka, topic, postgres_store)


async def _published(relay: Relay) -> int:
    return relay.progress().published_seq


async def _lag(relay: Relay) -> int:
    return relay.progress().lag


@pytest.mark.faults
@pytest.mark.timeout(240)
async def test_what_a_broker_lost_is_published_again(
    engine, postgres_store, own_broker, topic_name
):
    broker = own_broker
    await create_topic(broker.bootstrap, topic_name)
    relay = Relay(engine, "okr", broker.bootstrap, topic=topic_name, patience=5)
    async with running(relay.run()):
        await fill(postgres_store, 60, 3)
        await level(broker, topic_name, postgres_store)
        broker.remove()
        await fill(postgres_store, 60, 2)  # writing goes on without a broker
        await asyncio.to_thread(broker.start)
        await create_topic(broker.bootstrap, topic_name)
        await level(broker, topic_name, postgres_store)


@pytest.mark.faults
@pytest.mark.timeout(240)
async def test_a_loss_while_no_relay_ran_is_found_at_the_start(
    engine, postgres_store, own_broker, topic_name
):
    broker = own_broker
    await create_topic(broker.bootstrap, topic_name)
    await fill(postgres_store, 60, 3)
    async with running(Relay(engine, "okr", broker.bootstrap, topic=topic_name).run()):
        await level(broker, topic_name, postgres_store)
    broker.remove()
    await asyncio.to_thread(broker.start)
    await create_topic(broker.bootstrap, topic_name)
    async with running(Relay(engine, "okr", broker.bootstrap, topic=topic_name).run()):
        await level(broker, topic_name, postgres_store)


@pytest.fixture
def topic_name() -> str:
    return new_topic_name()
