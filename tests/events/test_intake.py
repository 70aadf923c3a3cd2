"""From messages to the pipeline: partitions whose batches wait are taken in together."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import asyncpg
import pytest
from aiokafka import ConsumerRecord
from helmlog_events.envelope import SourcedEvent
from helmlog_events.kafka.claims import Claim, Fenced
from helmlog_events.kafka.cloudevents import encode
from helmlog_events.pipeline.intake import Intake
from helmlog_events.pipeline.pipeline import Pipeline
from helmlog_events.store.postgres.store import PostgresStore
from helmlog_local.testing import ProvidedPostgres

from tests.events.notes import NotesProjection, install_notes
from tests.events.test_pipeline import foreign
from tests.support.databases import Database, fresh_database

TOPIC = "helmlog.okr.events.v1"


@pytest.fixture
async def database(postgres: ProvidedPostgres) -> AsyncIterator[Database]:
    async with fresh_database(postgres, install_notes) as database:
        yield database


@pytest.fixture
async def superuser(database: Database) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(database.superuser)
    yield connection
    await connection.close()


@pytest.fixture
async def claims(superuser: asyncpg.Connection) -> list[Claim]:
    claims = [Claim("inbox", TOPIC, partition, 1) for partition in range(4)]
    await superuser.executemany(
        "INSERT INTO consumer_positions VALUES ($1, $2, $3, $4, 0, NULL)",
        [(one.consumer, one.topic, one.partition, one.epoch) for one in claims],
    )
    return claims


@pytest.fixture
def intake(postgres_store: PostgresStore) -> Intake:
    projection = NotesProjection("okr")
    return Intake(Pipeline(postgres_store, own_source="kpi", projections=[projection]))


def message(claim: Claim, event: SourcedEvent) -> ConsumerRecord:
    key, value, headers = encode(event.source, event.record)
    return ConsumerRecord(
        TOPIC, claim.partition, event.record.seq, 0, 0, key, value, None, 0, len(value), headers
    )


async def hand(intake: Intake, claims: list[Claim]) -> list[BaseException | None]:
    """An event in each partition, all at once."""
    events = await foreign(*((f"note-{n}", f"text {n}") for n in range(len(claims))))
    handling = [
        intake.handle(claim, [message(claim, event)])
        for claim, event in zip(claims, events, strict=True)
    ]
    return await asyncio.gather(*handling, return_exceptions=True)


async def test_partitions_are_taken_in_by_one_transaction(
    intake: Intake, claims: list[Claim], superuser: asyncpg.Connection
):
    assert await hand(intake, claims) == [None] * 4
    rows = await superuser.fetch("SELECT xmin::text, next_offset FROM consumer_positions")
    assert sorted(row["next_offset"] for row in rows) == [2, 3, 4, 5]
    transactions = {row["xmin"] for row in rows}
    assert len(transactions) == 1
    inbox = await superuser.fetch("SELECT xmin::text, stream FROM inbox ORDER BY seq")
    assert [row["stream"] for row in inbox] == [f"note-{n}" for n in range(4)]
    assert {row["xmin"] for row in inbox} == transactions


async def test_who_lost_its_partition_does_not_hold_back_those_it_came_with(
    intake: Intake, claims: list[Claim], superuser: asyncpg.Connection
):
    claims[2] = replace(claims[2], epoch=0)
    told = await hand(intake, claims)
    assert [type(one) for one in told] == [type(None), type(None), Fenced, type(None)]
    rows = await superuser.fetch("SELECT next_offset FROM consumer_positions ORDER BY partition")
    assert [row["next_offset"] for row in rows] == [2, 3, 0, 5]
    inbox = await superuser.fetch("SELECT stream FROM inbox ORDER BY seq")
    assert [row["stream"] for row in inbox] == ["note-0", "note-1", "note-3"]


async def test_a_message_that_is_no_event_is_put_aside_and_the_others_go_on(
    intake: Intake, claims: list[Claim], superuser: asyncpg.Connection
):
    (event,) = await foreign(("note-1", "text"))
    readable = message(claims[1], event)
    junk = ConsumerRecord(TOPIC, 0, 7, 0, 0, b"key", b"junk", None, 0, 4, ())
    await asyncio.gather(intake.handle(claims[0], [junk]), intake.handle(claims[1], [readable]))
    assert await superuser.fetchval("SELECT count(*) FROM inbox") == 1
    letters = await superuser.fetch('SELECT partition, "offset" FROM dead_letters')
    assert [tuple(row) for row in letters] == [(0, 7)]
    rows = await superuser.fetch("SELECT next_offset FROM consumer_positions ORDER BY partition")
    assert [row["next_offset"] for row in rows] == [8, 2, 0, 0]
