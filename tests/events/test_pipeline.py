from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack

import asyncpg
import pytest
from helmlog_events.envelope import SourcedEvent
from helmlog_events.kafka.claims import Fenced
from helmlog_events.pipeline.follower import LogFollower
from helmlog_events.pipeline.pipeline import Pipeline
from helmlog_events.pipeline.rebuild import Rebuild
from helmlog_events.store.memory import MemoryStore
from helmlog_events.store.postgres.connections import create_engine
from helmlog_events.store.postgres.store import PostgresStore
from helmlog_events.testing.events import append, write
from helmlog_events.testing.probes import eventually, running
from helmlog_local.testing import ProvidedPostgres
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.events.notes import Counted, CountingReaction, NotesProjection, install_notes
from tests.support.databases import Database, fresh_database


@pytest.fixture
async def database(postgres: ProvidedPostgres) -> AsyncIterator[Database]:
    async with fresh_database(postgres, install_notes) as database:
        yield database


@pytest.fixture
async def owner_engine(database: Database) -> AsyncIterator[AsyncEngine]:
    engine = create_engine(database.owner)
    yield engine
    await engine.dispose()


async def foreign(*streams: tuple[str, str]) -> list[SourcedEvent]:
    """Entries of another service's log: (stream, text) each, versions counted by stream."""
    store = MemoryStore()
    versions: dict[str, int] = {}
    for stream, text in streams:
        expected = versions.get(stream, 0)
        await store.append(append(write(stream, text, expected=expected)))
        versions[stream] = expected + 1
    return [SourcedEvent("okr", event) for event in await store.read_log(0, 1_000)]


async def stay(_: asyncpg.Connection) -> None:
    """A position that moves without a word."""


def create_pipeline(
    store: PostgresStore, projection: NotesProjection, *reactions: CountingReaction
) -> Pipeline:
    return Pipeline(
        store,
        own_source="kpi",
        projections=[projection],
        reactions=reactions,
        attempts=2,
        first_pause=0.001,
    )


async def shown(database: Database) -> dict[str, str]:
    connection = await asyncpg.connect(database.app)
    rows = await connection.fetch("SELECT stream, text FROM notes")
    await connection.close()
    return {row["stream"]: row["text"] for row in rows}


async def fetch(database: Database, query: str) -> list[asyncpg.Record]:
    connection = await asyncpg.connect(database.app)
    rows = await connection.fetch(query)
    await connection.close()
    return rows


async def test_a_foreign_event_is_kept_whole_and_shown(
    postgres_store: PostgresStore, database: Database
):
    pipeline = create_pipeline(postgres_store, NotesProjection("okr"))
    events = await foreign(("note-1", "a"), ("note-2", "b"), ("note-1", "c"))
    await pipeline.process(events, stay)
    assert await shown(database) == {"okr/note-1": "c", "okr/note-2": "b"}
    kept = await fetch(
        database, "SELECT seq, data::text, leaf, hash FROM inbox WHERE source = 'okr' ORDER BY seq"
    )
    assert [tuple(row) for row in kept] == [
        (e.record.seq, e.record.data, e.record.leaf, e.record.hash) for e in events
    ]


async def test_redelivery_has_no_effect(postgres_store: PostgresStore, database: Database):
    reaction = CountingReaction("okr")
    pipeline = create_pipeline(postgres_store, NotesProjection("okr"), reaction)
    events = await foreign(("note-1", "a"), ("note-1", "b"))
    for _ in range(3):
        await pipeline.process(events, stay)
    assert await postgres_store.head() == 2
    assert await shown(database) == {"okr/note-1": "b"}


async def test_reactions_of_one_batch_see_what_each_other_decided(postgres_store: PostgresStore):
    pipeline = create_pipeline(postgres_store, NotesProjection(), CountingReaction("okr"))
    await pipeline.process(await foreign(*((f"note-{n}", "x") for n in range(20))), stay)
    counted = await postgres_store.read_stream("acme", "counter-1")
    assert [item.event for item in counted] == [Counted(number=n) for n in range(1, 21)]
    assert {item.actor for item in counted} == {"system:counting"}


async def test_a_reaction_that_loses_a_race_decides_again(postgres_store: PostgresStore):
    pipeline = create_pipeline(postgres_store, NotesProjection(), CountingReaction("okr"))
    pipeline._attempts = 50
    first, second = await foreign(("note-1", "x")), await foreign(("note-2", "y"))
    second = [SourcedEvent("alignment", event.record) for event in second]
    pipeline.reactions = [CountingReaction("okr", "alignment")]
    await asyncio.gather(pipeline.process(first, stay), pipeline.process(second, stay))
    counted = await postgres_store.read_stream("acme", "counter-1")
    assert [item.event for item in counted] == [Counted(number=1), Counted(number=2)]


async def test_nothing_is_written_when_the_position_was_taken_over(
    postgres_store: PostgresStore, database: Database
):
    pipeline = create_pipeline(postgres_store, NotesProjection("okr"), CountingReaction("okr"))

    async def fenced(_: asyncpg.Connection) -> None:
        raise Fenced("another worker holds it")

    with pytest.raises(Fenced):
        await pipeline.process(await foreign(("note-1", "a")), fenced)
    assert await shown(database) == {}
    assert await postgres_store.head() == 0
    assert await fetch(database, "SELECT 1 FROM inbox") == []


async def test_an_event_that_fails_is_parked_with_its_stream_and_the_rest_goes_on(
    postgres_store: PostgresStore, database: Database
):
    projection = NotesProjection("okr")
    projection.broken = {"poison"}
    pipeline = create_pipeline(postgres_store, projection)
    events = await foreign(("note-1", "a"), ("note-1", "poison"), ("note-2", "b"), ("note-1", "c"))
    await pipeline.process(events, stay)
    assert await shown(database) == {"okr/note-1": "a", "okr/note-2": "b"}
    waiting = await fetch(database, "SELECT version, kind, reason FROM parked ORDER BY version")
    assert [(row["version"], row["kind"]) for row in waiting] == [(2, "failed"), (3, "behind")]
    assert "poison" in waiting[0]["reason"]


async def test_what_is_parked_can_be_redriven_once_it_works(
    postgres_store: PostgresStore, database: Database
):
    projection = NotesProjection("okr")
    projection.broken = {"poison"}
    pipeline = create_pipeline(postgres_store, projection)
    await pipeline.process(await foreign(("note-1", "poison"), ("note-1", "b")), stay)
    with pytest.raises(LookupError):
        await pipeline.redrive("okr", "acme", "note-1")
    projection.broken = set()
    assert await pipeline.redrive("okr", "acme", "note-1") == 2
    assert await shown(database) == {"okr/note-1": "b"}
    assert await fetch(database, "SELECT 1 FROM parked") == []


async def test_a_gap_waits_until_the_missing_event_comes(
    postgres_store: PostgresStore, database: Database
):
    pipeline = create_pipeline(postgres_store, NotesProjection("okr"))
    first, second, third = await foreign(("note-1", "a"), ("note-1", "b"), ("note-1", "c"))
    await pipeline.process([first, third], stay)
    assert await shown(database) == {"okr/note-1": "a"}
    await pipeline.process([second], stay)
    assert await shown(database) == {"okr/note-1": "c"}
    assert await fetch(database, "SELECT 1 FROM parked") == []


async def test_the_own_log_is_followed_and_a_failing_event_holds_back_only_its_stream(
    postgres_store: PostgresStore, engine: AsyncEngine, database: Database
):
    projection = NotesProjection("kpi")
    projection.broken = {"poison"}
    pipeline = create_pipeline(postgres_store, projection)
    async with running(LogFollower(engine, pipeline).run()):
        await postgres_store.append(append(write("note-1", "a", "poison", "c")))
        await postgres_store.append(append(write("note-2", "b")))
        await eventually(lambda: shown(database), until=lambda rows: "kpi/note-2" in rows)
    assert await shown(database) == {"kpi/note-1": "a", "kpi/note-2": "b"}
    projection.broken = set()
    assert await pipeline.redrive("kpi", "acme", "note-1") == 2
    assert (await shown(database))["kpi/note-1"] == "c"


async def test_a_second_follower_takes_over(
    postgres_store: PostgresStore, engine: AsyncEngine, database: Database
):
    pipeline = create_pipeline(postgres_store, NotesProjection("kpi"))
    async with AsyncExitStack() as first:
        await first.enter_async_context(running(LogFollower(engine, pipeline, polling=0.05).run()))
        await postgres_store.append(append(write("note-1", "a")))
        await eventually(lambda: shown(database), until=lambda rows: "kpi/note-1" in rows)
        async with running(LogFollower(engine, pipeline, polling=0.05).run()):
            await first.aclose()
            await postgres_store.append(append(write("note-2", "b")))
            await eventually(lambda: shown(database), until=lambda rows: "kpi/note-2" in rows)


async def fill(pipeline: Pipeline, store: PostgresStore, engine: AsyncEngine) -> None:
    for number in range(30):
        await store.append(append(write(f"note-{number % 7}-{number}", "a", "b")))
    streams: Sequence[tuple[str, str]] = [(f"note-{n % 5}", f"text {n}") for n in range(40)]
    await pipeline.process(await foreign(*streams), stay)

    async def applied() -> int:
        async with engine.connect() as connection:
            row = await connection.exec_driver_sql(
                "SELECT max(next_offset) FROM consumer_positions"
            )
            return row.scalar() or 0

    async with running(LogFollower(engine, pipeline).run()):
        await eventually(applied, until=lambda seq: seq == 60)


async def test_a_rebuild_equals_what_is_shown(
    postgres_store: PostgresStore, engine: AsyncEngine, owner_engine: AsyncEngine
):
    projection = NotesProjection("okr", "kpi")
    await fill(create_pipeline(postgres_store, projection), postgres_store, engine)
    report = await Rebuild(owner_engine, "kpi", projection, page=7).run()
    assert report.equal
    assert report.events == 100
    assert [table.rows for table in report.tables] == [35]


async def test_a_rebuild_names_the_rows_that_differ_and_switches_when_asked(
    postgres_store: PostgresStore,
    engine: AsyncEngine,
    owner_engine: AsyncEngine,
    database: Database,
):
    projection = NotesProjection("okr", "kpi")
    pipeline = create_pipeline(postgres_store, projection)
    await fill(pipeline, postgres_store, engine)
    before = await shown(database)
    async with owner_engine.begin() as connection:
        await connection.exec_driver_sql(
            "UPDATE notes SET text = 'lie' WHERE stream = 'okr/note-1'"
        )
        await connection.exec_driver_sql("DELETE FROM notes WHERE stream = 'okr/note-2'")
    report = await Rebuild(owner_engine, "kpi", projection).run(switch=True)
    assert not report.equal
    (table,) = report.tables
    assert (table.only_serving, table.only_rebuilt) == (1, 2)
    assert "lie" in str(table.samples)
    assert await shown(database) == before
    # The tables that took over are written by the service as the old ones were.
    more = [event._replace(source="okr") for event in await foreign(("note-new", "n"))]
    more = [event._replace(record=event.record._replace(seq=1_000)) for event in more]
    await pipeline.process(more, stay)
    assert (await shown(database))["okr/note-new"] == "n"


async def test_a_rebuild_leaves_out_what_is_parked_live(
    postgres_store: PostgresStore, owner_engine: AsyncEngine
):
    projection = NotesProjection("okr")
    projection.broken = {"poison"}
    pipeline = create_pipeline(postgres_store, projection)
    await pipeline.process(await foreign(("note-1", "poison"), ("note-2", "b")), stay)
    report = await Rebuild(owner_engine, "kpi", projection).run()
    assert report.equal


async def test_a_rebuild_that_meets_an_event_it_cannot_apply_says_so_and_leaves_nothing(
    postgres_store: PostgresStore, owner_engine: AsyncEngine, database: Database
):
    projection = NotesProjection("okr")
    pipeline = create_pipeline(postgres_store, projection)
    await pipeline.process(await foreign(("note-1", "a"), ("note-2", "b")), stay)
    projection.broken = {"b"}
    with pytest.raises(LookupError):
        await Rebuild(owner_engine, "kpi", projection).run(switch=True)
    assert len(await shown(database)) == 2
    assert await fetch(database, "SELECT 1 FROM pg_namespace WHERE nspname LIKE 'rebuild%'") == []
