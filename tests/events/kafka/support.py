"""A log that grows, a topic read from end to end, and a consumer that keeps what it is handed."""

from __future__ import annotations

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from uuid import UUID, uuid4

from aiokafka import ConsumerRecord, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from helmlog_events.clock import now
from helmlog_events.contracts.okr import CycleActivated
from helmlog_events.envelope import ANY_VERSION, Append, Metadata, NewEvent, StreamWrite
from helmlog_events.kafka.claims import Claim, advance_past
from helmlog_events.kafka.cloudevents import decode
from helmlog_events.kafka.consumer import consuming
from helmlog_events.kafka.partitions import PARTITIONS
from helmlog_events.store.postgres.connections import create_engine, driver
from helmlog_events.store.postgres.store import PostgresStore
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.support.databases import APP, Database

TENANT = "acme"
CYCLE = UUID(int=1)


async def append(store: PostgresStore, stream: str, count: int = 1) -> int:
    """Appends `count` events to a stream in one command; returns the last seq."""
    events = tuple(NewEvent(CycleActivated(cycle_id=CYCLE), now()) for _ in range(count))
    write = StreamWrite(stream, ANY_VERSION, events)
    return (await store.append(Append(TENANT, Metadata("ann"), (write,)))).last_seq


async def fill(store: PostgresStore, streams: int, each: int = 1) -> int:
    """One append a stream, all at once; returns the last seq of the log."""
    await asyncio.gather(*(append(store, f"cycle-{n}", each) for n in range(streams)))
    return await store.head()


async def create_topic(bootstrap: str, topic: str, partitions: int = PARTITIONS) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(topic, partitions, 1)])
    finally:
        await admin.close()


async def delete_topic(bootstrap: str, topic: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await admin.delete_topics([topic])
    finally:
        await admin.close()


def new_topic_name() -> str:
    return f"test.{uuid4().hex}"


async def read_topic(bootstrap: str, topic: str) -> dict[int, list[ConsumerRecord]]:
    """Every record that is in the topic now, per partition."""
    found: dict[int, list[ConsumerRecord]] = defaultdict(list)
    async with asyncio.timeout(30), consuming(bootstrap) as consumer:
        partitions = [TopicPartition(topic, n) for n in range(PARTITIONS)]
        begins = await consumer.beginning_offsets(partitions)
        ends = await consumer.end_offsets(partitions)
        waiting = {tp for tp in partitions if ends[tp] > begins[tp]}
        consumer.assign(partitions)
        for tp in partitions:
            consumer.seek(tp, begins[tp])
        while waiting:
            for tp, records in (await consumer.getmany(timeout_ms=200)).items():
                found[tp.partition] += records
                if records and records[-1].offset >= ends[tp] - 1:
                    waiting.discard(tp)
    return found


def first_appearances(records: Sequence[ConsumerRecord]) -> list[int]:
    """The seqs of a partition's records in order, repetitions left out."""
    return list(dict.fromkeys(decode(record).record.seq for record in records))


async def topic_is_level(bootstrap: str, topic: str, head: int) -> bool:
    """Whether the topic has every entry up to `head`; fails if any of them is out of order."""
    seen: list[int] = []
    for records in (await read_topic(bootstrap, topic)).values():
        seqs = first_appearances(records)
        assert seqs == sorted(seqs), "an entry came before one it follows"
        seen += seqs
    assert len(seen) == len(set(seen)), "an entry stands in two partitions"
    return sorted(seen) == list(range(1, head + 1))


@contextlib.asynccontextmanager
async def running(*coroutines) -> AsyncIterator[list[asyncio.Task[None]]]:
    """Runs them beside the block; one that fails fails the test."""
    tasks = [asyncio.create_task(coroutine) for coroutine in coroutines]
    try:
        yield tasks
    finally:
        for task in tasks:
            task.cancel()
        ended = await asyncio.gather(*tasks, return_exceptions=True)
    failures = [end for end in ended if isinstance(end, Exception)]
    assert not failures, failures


_KEEPERS_TABLES = (
    """
CREATE TABLE kept (
    tenant text, stream text, version int, seq bigint, PRIMARY KEY (tenant, stream, version)
)
""",
    'CREATE TABLE handled (worker text, partition int, "offset" bigint)',
    f"GRANT ALL ON kept, handled TO {APP}",
)


async def create_keepers_tables(database: Database) -> None:
    engine = create_engine(database.superuser)
    async with engine.begin() as connection:
        for statement in _KEEPERS_TABLES:
            await connection.exec_driver_sql(statement)
    await engine.dispose()


class Gap(Exception):
    pass


class Keeper:
    """A handler that keeps each event once, as a pipeline does, and will not bear a gap."""

    def __init__(self, engine: AsyncEngine, worker: str = "worker") -> None:
        self._engine = engine
        self._worker = worker
        self.duplicates = 0

    async def handle(self, claim: Claim, messages: Sequence[ConsumerRecord]) -> None:
        async with self._engine.connect() as connection:
            raw = await driver(connection)
            async with raw.transaction():
                for message in messages:
                    await self._keep(raw, message)
                await advance_past(raw, [(claim, messages[-1])])

    async def _keep(self, raw, message: ConsumerRecord) -> None:
        await raw.execute(
            'INSERT INTO handled (worker, partition, "offset") VALUES ($1, $2, $3)',
            self._worker,
            message.partition,
            message.offset,
        )
        record = decode(message).record
        version = await raw.fetchval(
            "SELECT coalesce(max(version), 0) FROM kept WHERE tenant = $1 AND stream = $2",
            record.tenant,
            record.stream,
        )
        if record.version <= version:
            self.duplicates += 1
            return
        if record.version > version + 1:
            raise Gap(f"{record.stream}: {record.version} after {version}")
        await raw.execute(
            "INSERT INTO kept VALUES ($1, $2, $3, $4)",
            record.tenant,
            record.stream,
            record.version,
            record.seq,
        )


async def kept_seqs(engine: AsyncEngine) -> list[int]:
    async with engine.connect() as connection:
        rows = await (await driver(connection)).fetch("SELECT seq FROM kept ORDER BY seq")
    return [row["seq"] for row in rows]


async def execute(engine: AsyncEngine, statement: str, *arguments):
    """Runs one statement on a connection of its own; returns its rows."""
    async with engine.connect() as connection:
        return await (await driver(connection)).fetch(statement, *arguments)
