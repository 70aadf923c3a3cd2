"""How long the partitions of a killed worker stand still: one of three workers is SIGKILLed.

Prints one JSON object. A message goes to every partition each 20 ms and is stamped by the handler
in the database; the failover is the longest pause, from the kill on, in any partition of the
killed worker. `python -m tests.bench.failover [rounds]`
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import statistics
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from aiokafka import AIOKafkaProducer, ConsumerRecord
from helmlog_events.clock import now
from helmlog_events.kafka.claims import Claim, advance_past
from helmlog_events.kafka.partitions import PARTITIONS
from helmlog_events.kafka.producer import producing
from helmlog_events.kafka.source import TopicSource
from helmlog_events.store.postgres.connections import create_engine, driver
from helmlog_events.testing.probes import eventually
from helmlog_local.testing import ProvidedKafka, provide_kafka, provide_postgres
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.bench.on_kafka import create_topic
from tests.support.databases import APP, Database, fresh_database

WORKERS = 3
EVERY = 0.02
_CONSUMER = "failover"
_STAMPS = f"""
CREATE TABLE stamps (
    worker int, partition int, message bigint, at timestamptz DEFAULT clock_timestamp()
);
GRANT ALL ON stamps TO {APP};
"""


class Stamping:
    """A handler that writes down when it took each message."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def handle(self, claim: Claim, messages: Sequence[ConsumerRecord]) -> None:
        async with self._engine.connect() as connection:
            raw = await driver(connection)
            async with raw.transaction():
                await raw.executemany(
                    "INSERT INTO stamps (worker, partition, message) VALUES ($1, $2, $3)",
                    [(os.getpid(), claim.partition, int(m.value or b"")) for m in messages],
                )
                await advance_past(raw, [(claim, messages[-1])])


async def work(database_url: str, bootstrap: str, topic: str) -> None:
    """A worker process, until it is killed."""
    engine = create_engine(database_url)
    await TopicSource(engine, bootstrap, [topic], _CONSUMER, Stamping(engine)).run()


@dataclass(frozen=True)
class Failover:
    """Of one kill: seconds until each partition of the killed worker went on."""

    pauses: list[float]
    sent: int
    handled: int
    handled_twice: int


async def fail_over(database: Database, bootstrap: str) -> Failover:
    """Starts three workers on a new topic, kills one, and waits until all is handled."""
    topic = await create_topic(bootstrap)
    engine = create_engine(database.superuser)
    async with engine.connect() as connection:
        await (await driver(connection)).execute(f"DROP TABLE IF EXISTS stamps; {_STAMPS}")
    arguments = ["-m", "tests.bench.failover", "work", database.app, bootstrap, topic]
    workers = [
        await asyncio.create_subprocess_exec(sys.executable, *arguments) for _ in range(WORKERS)
    ]
    try:
        async with producing(bootstrap) as producer:
            running = asyncio.Event()
            sending = asyncio.create_task(_send(producer, topic, running))
            fair = [PARTITIONS // WORKERS] * WORKERS
            await eventually(lambda: _shares(engine), until=lambda s: s == fair, within=60)
            killed_at = now()
            victim = workers[0]
            held = await _partitions_of(engine, victim.pid)
            victim.send_signal(signal.SIGKILL)
            await eventually(
                lambda: _went_on(engine, victim.pid, killed_at),
                until=lambda done: held <= done.keys(),
                within=60,
            )
            running.set()
            sent = await sending
        await eventually(lambda: _handled(engine), until=lambda counts: counts[1] == sent)
        went_on = await _went_on(engine, victim.pid, killed_at)
        total, distinct = await _handled(engine)
    finally:
        for worker in workers:
            if worker.returncode is None:
                worker.kill()
            await worker.wait()
        await engine.dispose()
    pauses = [(went_on[partition] - killed_at).total_seconds() for partition in held]
    return Failover(pauses, sent, distinct, total - distinct)


async def _send(producer: AIOKafkaProducer, topic: str, stop: asyncio.Event) -> int:
    message = 0
    while not stop.is_set():
        futures = []
        for partition in range(PARTITIONS):
            message += 1
            value = b"%d" % message
            futures.append(await producer.send(topic, value, partition=partition))
        await asyncio.gather(*futures)
        await asyncio.sleep(EVERY)
    return message


async def _shares(engine: AsyncEngine) -> list[int]:
    """How many partitions each worker took messages of in the last half second."""
    rows = await _rows(
        engine,
        "SELECT count(DISTINCT partition) AS held FROM stamps"
        " WHERE at > clock_timestamp() - interval '0.5 s' GROUP BY worker",
    )
    return sorted(row["held"] for row in rows)


async def _partitions_of(engine: AsyncEngine, worker: int) -> set[int]:
    rows = await _rows(
        engine,
        "SELECT DISTINCT partition FROM stamps"
        " WHERE worker = $1 AND at > clock_timestamp() - interval '0.5 s'",
        worker,
    )
    return {row["partition"] for row in rows}


async def _went_on(engine: AsyncEngine, killed: int, since: datetime) -> dict[int, datetime]:
    rows = await _rows(
        engine,
        "SELECT partition, min(at) AS at FROM stamps WHERE worker <> $1 AND at > $2"
        " GROUP BY partition",
        killed,
        since,
    )
    return {row["partition"]: row["at"] for row in rows}


async def _handled(engine: AsyncEngine) -> tuple[int, int]:
    [row] = await _rows(
        engine, "SELECT count(*) AS total, count(DISTINCT message) AS messages FROM stamps"
    )
    return row["total"], row["messages"]


async def _rows(engine: AsyncEngine, query: str, *arguments: object):
    async with engine.connect() as connection:
        return await (await driver(connection)).fetch(query, *arguments)


async def measure(rounds: int) -> None:
    with provide_postgres() as postgres, provide_kafka() as kafka:
        async with fresh_database(postgres) as database:
            results = [await fail_over(database, kafka.bootstrap) for _ in range(rounds)]
        print(json.dumps(_summary(results, kafka)))


def _summary(results: list[Failover], kafka: ProvidedKafka) -> dict[str, object]:
    pauses = [pause for result in results for pause in result.pauses]
    return {
        "bench": "failover",
        "unit": "s",
        "broker": kafka.kind,
        "kills": len(results),
        "median": round(statistics.median(pauses), 3),
        "max": round(max(pauses), 3),
        "lost": sum(result.sent - result.handled for result in results),
        "twice": sum(result.handled_twice for result in results),
    }


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["work", database_url, bootstrap, topic]:
            asyncio.run(work(database_url, bootstrap, topic))
        case arguments:
            asyncio.run(measure(int(arguments[0]) if arguments else 5))
