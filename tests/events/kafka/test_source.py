import asyncio

import pytest
from helmlog_events.kafka.claims import Claim, Fenced, advance_past, claim_partition, identity_of
from helmlog_events.kafka.cloudevents import decode, encode
from helmlog_events.kafka.producer import producing
from helmlog_events.kafka.relay import Relay
from helmlog_events.kafka.sessions import LockSession, lock_key
from helmlog_events.kafka.source import TopicSource
from helmlog_events.store.postgres.connections import create_engine, driver
from helmlog_events.testing.probes import eventually

from tests.events.kafka.support import (
    Keeper,
    append,
    create_keepers_tables,
    create_topic,
    delete_topic,
    execute,
    fill,
    kept_seqs,
    new_topic_name,
    read_topic,
    running,
)

CONSUMER = "keeper"


@pytest.fixture(autouse=True)
async def tables(database) -> None:
    await create_keepers_tables(database)


@pytest.fixture
def topic_name() -> str:
    return new_topic_name()


def source(engine, bootstrap, topic, handler, **settings) -> TopicSource:
    settings = {"check_every": 0.2, "stalled_after": 6.0} | settings
    return TopicSource(engine, bootstrap, [topic], CONSUMER, handler, **settings)


async def everything_is_kept(engine, store) -> None:
    head = await store.head()
    await eventually(
        lambda: kept_seqs(engine), until=lambda s: s == list(range(1, head + 1)), within=60
    )


async def held(*sources: TopicSource) -> list[int]:
    return sorted(sum(each.progress().partitions.values()) for each in sources)


async def test_every_event_is_handed_over_once_and_in_order(engine, postgres_store, kafka, topic):
    keeper = Keeper(engine)
    relay = Relay(engine, "okr", kafka.bootstrap, topic=topic, page=100)
    consumer = source(engine, kafka.bootstrap, topic, keeper, max_records=50)
    async with running(relay.run(), consumer.run()):
        for _ in range(5):
            await fill(postgres_store, 60, 3)
        await everything_is_kept(engine, postgres_store)
        await eventually(lambda: _lag(consumer, topic), until=lambda lag: lag == 0)
    assert keeper.duplicates == 0


async def _lag(consumer: TopicSource, topic: str) -> int:
    return consumer.progress().lag[topic]


async def test_a_worker_goes_on_where_the_last_one_stopped(engine, postgres_store, kafka, topic):
    keeper = Keeper(engine)
    async with running(Relay(engine, "okr", kafka.bootstrap, topic=topic).run()):
        for _ in range(3):
            async with running(source(engine, kafka.bootstrap, topic, keeper).run()):
                await fill(postgres_store, 30)
                await everything_is_kept(engine, postgres_store)
    assert keeper.duplicates == 0


async def test_workers_share_the_partitions_and_take_over_those_of_one_that_leaves(
    engine, postgres_store, kafka, topic
):
    keepers = [Keeper(engine, f"worker-{n}") for n in range(3)]
    first, second, third = (source(engine, kafka.bootstrap, topic, keeper) for keeper in keepers)
    async with running(
        Relay(engine, "okr", kafka.bootstrap, topic=topic).run(), first.run(), second.run()
    ):
        await eventually(lambda: held(first, second), until=lambda n: n == [6, 6])
        async with running(third.run()):
            await eventually(lambda: held(first, second, third), until=lambda n: n == [4, 4, 4])
            await fill(postgres_store, 100)
            await everything_is_kept(engine, postgres_store)
        await eventually(lambda: held(first, second), until=lambda n: n == [6, 6])
        await fill(postgres_store, 100)
        await everything_is_kept(engine, postgres_store)
    workers = await execute(engine, "SELECT DISTINCT worker FROM handled")
    assert len(workers) == 3
    assert sum(keeper.duplicates for keeper in keepers) == 0


async def test_two_partitions_are_handled_side_by_side_and_one_batch_a_partition(
    engine, postgres_store, kafka, topic
):
    at_work: list[int] = []
    most = 0

    class Slow(Keeper):
        async def handle(self, claim, messages):
            nonlocal most
            assert claim.partition not in at_work
            at_work.append(claim.partition)
            most = max(most, len(at_work))
            await asyncio.sleep(0.02)
            await super().handle(claim, messages)
            at_work.remove(claim.partition)

    consumer = source(engine, kafka.bootstrap, topic, Slow(engine), max_records=5)
    async with running(Relay(engine, "okr", kafka.bootstrap, topic=topic).run(), consumer.run()):
        await fill(postgres_store, 120, 2)
        await everything_is_kept(engine, postgres_store)
    assert most > 1


async def test_a_failing_batch_comes_again_until_it_is_handled(
    engine, postgres_store, kafka, topic
):
    failures = iter([ConnectionResetError(), RuntimeError("a bug"), TimeoutError()])

    class Failing(Keeper):
        async def handle(self, claim, messages):
            if (failure := next(failures, None)) is not None:
                raise failure
            await super().handle(claim, messages)

    consumer = source(engine, kafka.bootstrap, topic, Failing(engine))
    async with running(Relay(engine, "okr", kafka.bootstrap, topic=topic).run(), consumer.run()):
        await fill(postgres_store, 20, 3)
        await everything_is_kept(engine, postgres_store)
    assert next(failures, None) is None


async def test_a_zombie_can_not_move_the_position(engine):
    async with LockSession(engine) as old, LockSession(engine) as new:
        zombie, start = await claim_partition(old, CONSUMER, "t", 3)
        heir, _ = await claim_partition(new, CONSUMER, "t", 3)
    assert (zombie.epoch, heir.epoch, start.next_offset) == (1, 2, 0)
    async with engine.connect() as connection:
        raw = await driver(connection)
        with pytest.raises(Fenced):
            await zombie.advance(raw, 10, None)
        await heir.advance(raw, 5, None)
        with pytest.raises(Fenced):
            await Claim(CONSUMER, "t", 4, 1).advance(raw, 1, None)
    [row] = await execute(engine, "SELECT epoch, next_offset FROM consumer_positions")
    assert (row["epoch"], row["next_offset"]) == (2, 5)


async def test_a_worker_that_lost_its_session_within_a_batch_writes_nothing_of_it(
    engine, database, postgres_store, kafka, topic
):
    claimed = asyncio.Event()
    fenced: list[Claim] = []

    class Zombie(Keeper):
        async def handle(self, claim, messages):
            if not claimed.is_set():
                # As if the machine had slept: the locks are gone, the heir has claimed.
                await _end_lock_sessions(database)
                async with LockSession(engine) as heir:
                    await claim_partition(heir, CONSUMER, claim.topic, claim.partition)
                claimed.set()
                try:
                    await super().handle(claim, messages)
                except Fenced:
                    fenced.append(claim)
                    raise
            await super().handle(claim, messages)

    keeper = Zombie(engine)
    consumer = source(engine, kafka.bootstrap, topic, keeper)
    async with running(Relay(engine, "okr", kafka.bootstrap, topic=topic).run(), consumer.run()):
        await append(postgres_store, "cycle-1", 5)
        await everything_is_kept(engine, postgres_store)
    assert len(fenced) == 1
    assert keeper.duplicates == 0


async def _end_lock_sessions(database) -> None:
    superuser = create_engine(database.superuser)
    key = lock_key("members", CONSUMER) % 2**64
    await execute(
        superuser,
        "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'"
        " AND classid = $1::bigint::oid AND objid = $2::bigint::oid",
        key >> 32,
        key & 0xFFFFFFFF,
    )
    await superuser.dispose()


async def test_messages_of_no_log_are_handed_over_as_they_are(engine, kafka, topic):
    taken: list[bytes] = []

    class Readings:
        async def handle(self, claim, messages):
            async with engine.begin() as connection:
                await connection.exec_driver_sql("SELECT 1")
                await advance_past(await driver(connection), [(claim, messages[-1])])
            taken.extend(message.value for message in messages)

    for expected in ([b"1", b"2"], [b"1", b"2", b"3"]):
        async with producing(kafka.bootstrap) as producer:
            for value in expected[len(taken) :]:
                await producer.send_and_wait(topic, value, key=b"same")
        async with running(source(engine, kafka.bootstrap, topic, Readings()).run()):
            await eventually(lambda: _copy(taken), until=lambda t, e=expected: t == e)
            await asyncio.sleep(0.5)
    assert taken == [b"1", b"2", b"3"]


async def _copy(values: list[bytes]) -> list[bytes]:
    return list(values)


async def test_a_topic_that_was_replaced_is_read_from_its_start(
    engine, postgres_store, kafka, topic_name
):
    keeper = Keeper(engine)
    await create_topic(kafka.bootstrap, topic_name)
    async with running(
        Relay(engine, "okr", kafka.bootstrap, topic=topic_name).run(),
        source(engine, kafka.bootstrap, topic_name, keeper).run(),
    ):
        await fill(postgres_store, 40, 2)
        await everything_is_kept(engine, postgres_store)
    await delete_topic(kafka.bootstrap, topic_name)
    await fill(postgres_store, 40, 2)
    await eventually(lambda: _can_create(kafka.bootstrap, topic_name))
    first = (await postgres_store.read_log(0, 1))[0]
    async with producing(kafka.bootstrap) as producer:  # so that every offset after it is another
        for _ in range(2):
            message = encode("okr", first)
            await producer.send_and_wait(
                topic_name, message.value, key=message.key, headers=message.headers
            )
    async with running(
        Relay(engine, "okr", kafka.bootstrap, topic=topic_name).run(),
        source(engine, kafka.bootstrap, topic_name, keeper).run(),
    ):
        await everything_is_kept(engine, postgres_store)
    assert keeper.duplicates > 0  # the first half came again, and had no effect


async def _can_create(bootstrap: str, topic: str) -> bool:
    try:
        await create_topic(bootstrap, topic)
    except Exception:  # noqa: BLE001 - the deletion is still under way
        return False
    return True


@pytest.mark.faults
@pytest.mark.timeout(240)
async def test_consumers_converge_after_the_broker_came_back_empty(
    engine, postgres_store, own_broker, topic_name
):
    broker = own_broker
    keepers = [Keeper(engine, f"worker-{n}") for n in range(2)]
    await create_topic(broker.bootstrap, topic_name)
    async with running(
        Relay(engine, "okr", broker.bootstrap, topic=topic_name, patience=5).run(),
        *(source(engine, broker.bootstrap, topic_name, keeper).run() for keeper in keepers),
    ):
        await fill(postgres_store, 60, 3)
        await everything_is_kept(engine, postgres_store)
        broker.remove()
        await fill(postgres_store, 60, 2)
        await asyncio.to_thread(broker.start)
        await create_topic(broker.bootstrap, topic_name)
        await fill(postgres_store, 10)
        await everything_is_kept(engine, postgres_store)


@pytest.mark.faults
@pytest.mark.timeout(240)
async def test_consuming_goes_on_after_the_broker_was_killed(
    engine, postgres_store, own_broker, topic_name
):
    broker = own_broker
    consumer = source(engine, broker.bootstrap, topic_name, Keeper(engine))
    await create_topic(broker.bootstrap, topic_name)
    async with running(
        Relay(engine, "okr", broker.bootstrap, topic=topic_name, patience=5).run(), consumer.run()
    ):
        for _ in range(2):
            await fill(postgres_store, 60)
            await everything_is_kept(engine, postgres_store)
            broker.kill()
            await fill(postgres_store, 60)
            await asyncio.to_thread(broker.start)
            await everything_is_kept(engine, postgres_store)


async def test_a_record_is_known_again_by_its_event_id_or_else_by_its_content(
    engine, postgres_store, kafka, topic
):
    await append(postgres_store, "cycle-1", 2)
    async with running(Relay(engine, "okr", kafka.bootstrap, topic=topic).run()):
        records = await eventually(
            lambda: _records(kafka.bootstrap, topic), until=lambda r: len(r) == 2
        )
    assert [identity_of(r) for r in records] == [decode(r).record.event_id for r in records]


async def _records(bootstrap, topic):
    return [
        record for records in (await read_topic(bootstrap, topic)).values() for record in records
    ]
