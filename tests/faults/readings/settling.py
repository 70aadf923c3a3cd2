"""Waiting until everybody is at work, or nobody has anything left to do."""

from __future__ import annotations

from collections.abc import Sequence

import asyncpg
from aiokafka import TopicPartition
from helmlog_events.kafka.consumer import consuming
from helmlog_events.kafka.partitions import PARTITIONS
from helmlog_events.testing.probes import eventually

from tests.faults.load import READINGS_TOPIC
from tests.faults.readings.senders import Senders
from tests.support.stack import LocalStack

_LONGEST = 90.0

_DUE = {
    "judging again": "SELECT count(*) FROM judging_due",
    "periods": "SELECT count(*) FROM derived_due WHERE due_at <= now()",
    "ranges of periods": "SELECT count(*) FROM derived_ranges",
    "values to publish": "SELECT count(*) FROM kpi_state WHERE pending",
    "looks at silences": "SELECT count(*) FROM silence_timers WHERE due_at <= now()",
    "events to show": "SELECT (SELECT max(seq) FROM event_log) - max(next_offset)"
    " FROM consumer_positions WHERE consumer = 'own-log'",
}


_REACHED = """
SELECT partition, next_offset FROM consumer_positions WHERE consumer = 'readings' AND topic = $1
"""


async def everybody_at_work(stack: LocalStack, senders: Senders) -> None:
    """Returns when on each way more was acknowledged, and the workers have taken in more."""
    before: dict[str, int] = {}

    async def idle() -> Sequence[str]:
        try:
            async with stack.database("kpi") as connection:
                reached = await connection.fetch(_REACHED, READINGS_TOPIC)
        except (OSError, asyncpg.PostgresError) as error:
            return [f"PostgreSQL does not answer: {error!r}"]
        now = {**senders.sent, "workers": sum(row["next_offset"] for row in reached)}
        return [name for name, count in now.items() if count <= before.setdefault(name, count)]

    await eventually(idle, until=lambda found: not found, within=_LONGEST)


async def taken_in(stack: LocalStack) -> None:
    """Waits until all that follows from the readings is done; fails with what is not."""
    async with consuming(stack.bootstrap) as consumer:
        partitions = [TopicPartition(READINGS_TOPIC, number) for number in range(PARTITIONS)]
        ends = await consumer.end_offsets(partitions)
    wanted = {one.partition: end for one, end in ends.items() if end}
    await eventually(
        lambda: _lacking(stack, wanted), until=lambda found: not found, within=_LONGEST, every=0.3
    )


async def _lacking(stack: LocalStack, wanted: dict[int, int]) -> Sequence[str]:
    try:
        async with stack.database("kpi") as connection:
            reached = dict(await connection.fetch(_REACHED, READINGS_TOPIC))
            due = {what: await connection.fetchval(query) for what, query in _DUE.items()}
    except (OSError, asyncpg.PostgresError) as error:
        return [f"PostgreSQL does not answer: {error!r}"]
    return [
        *(
            f"partition {number}: at {reached.get(number, 0)} of {end}"
            for number, end in wanted.items()
            if reached.get(number, 0) < end
        ),
        *(f"{what}: {count}" for what, count in due.items() if count),
    ]
