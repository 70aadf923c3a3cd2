from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from datetime import datetime, timedelta

import asyncpg
import pytest
from helmlog_events.clock import now
from helmlog_events.envelope import ANY_VERSION, Append, Metadata, NewEvent, StreamWrite
from helmlog_events.pipeline.follower import LogFollower
from helmlog_events.pipeline.pipeline import Pipeline
from helmlog_events.pipeline.protocols import Due
from helmlog_events.pipeline.timers import Timers
from helmlog_events.store.postgres.connections import create_engine
from helmlog_events.store.postgres.store import PostgresStore
from helmlog_events.store.postgres.transaction import Transaction
from helmlog_events.testing.events import append, write
from helmlog_events.testing.probes import eventually, running
from helmlog_local.testing import ProvidedPostgres
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from tests.events.alarms import AlarmRang, AlarmSet, AlarmsProjection, RingAlarms, install_alarms
from tests.support.databases import Database, fresh_database


@pytest.fixture
async def database(postgres: ProvidedPostgres) -> AsyncIterator[Database]:
    async with fresh_database(postgres, install_alarms) as database:
        yield database


@pytest.fixture
async def read_models(engine: AsyncEngine, postgres_store: PostgresStore) -> AsyncIterator[None]:
    pipeline = Pipeline(postgres_store, own_source="alarms", projections=[AlarmsProjection()])
    async with running(LogFollower(engine, pipeline, polling=0.05).run()):
        yield


def soon(seconds: float) -> datetime:
    return now() + timedelta(seconds=seconds)


async def set_alarm(store: PostgresStore, name: str, at: datetime, tenant: str = "acme") -> None:
    new = (NewEvent(AlarmSet(due_at=at), now()),)
    writes = (StreamWrite(name, ANY_VERSION, new),)
    await store.append(Append(tenant, Metadata("anna"), writes))


async def rings(store: PostgresStore, name: str, tenant: str = "acme") -> list[datetime]:
    """When each ring of an alarm was recorded."""
    stream = await store.read_stream(tenant, name)
    return [record.recorded_at for record in stream if isinstance(record.event, AlarmRang)]


async def rung(store: PostgresStore, *names: str, within: float = 10.0) -> None:
    async def missing() -> list[str]:
        return [name for name in names if not await rings(store, name)]

    await eventually(missing, until=lambda names: not names, within=within)


async def listed(engine: AsyncEngine) -> int:
    async with engine.connect() as sql:
        return int(await sql.scalar(text("SELECT count(*) FROM alarms WHERE NOT rung")))


def create_timers(engine: AsyncEngine, store: PostgresStore, *sources: RingAlarms) -> Timers:
    return Timers(engine, store, sources, first_pause=0.05)


async def cancel(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


@pytest.mark.usefixtures("read_models")
async def test_a_timer_fires_at_its_time_and_not_before(
    engine: AsyncEngine, postgres_store: PostgresStore
):
    async with running(create_timers(engine, postgres_store, RingAlarms()).run()):
        times = {f"alarm-{n}": soon(0.4 * n) for n in range(1, 5)}
        for name, at in times.items():
            await set_alarm(postgres_store, name, at)
        await rung(postgres_store, *times)
    for name, at in times.items():
        (rang_at,) = await rings(postgres_store, name)
        assert at <= rang_at < at + timedelta(seconds=1.5), name


@pytest.mark.usefixtures("read_models")
async def test_what_it_does_is_the_systems_and_names_the_instant(
    engine: AsyncEngine, postgres_store: PostgresStore
):
    at = soon(-60)
    await set_alarm(postgres_store, "alarm-1", at)
    async with running(create_timers(engine, postgres_store, RingAlarms()).run()):
        await rung(postgres_store, "alarm-1")
    *_, ring = await postgres_store.read_stream("acme", "alarm-1")
    assert ring.actor == "system:ring-alarms"
    assert '"causation_id":"timer/ring-alarms/alarm-1/' in ring.metadata
    assert ring.occurred_at == at


@pytest.mark.usefixtures("read_models")
async def test_an_instant_that_passed_while_nobody_ran_is_made_up_for_once(
    engine: AsyncEngine, postgres_store: PostgresStore
):
    await set_alarm(postgres_store, "alarm-1", soon(-86_400))
    await set_alarm(postgres_store, "alarm-2", soon(-1))
    for _ in range(3):
        async with running(create_timers(engine, postgres_store, RingAlarms()).run()):
            await rung(postgres_store, "alarm-1", "alarm-2")
    assert len(await rings(postgres_store, "alarm-1")) == 1
    assert len(await rings(postgres_store, "alarm-2")) == 1


@pytest.mark.usefixtures("read_models")
async def test_of_two_runners_one_leads_and_the_other_takes_over(
    engine: AsyncEngine, database: Database, postgres_store: PostgresStore
):
    sources = RingAlarms(), RingAlarms()
    async with AsyncExitStack() as stack:
        tasks = []
        for source in sources:
            own = create_engine(database.app)
            stack.push_async_callback(own.dispose)
            store = PostgresStore(own)
            stack.push_async_callback(store.close)
            timers = create_timers(own, store, source)
            tasks.append(asyncio.create_task(timers.run()))
            stack.push_async_callback(cancel, tasks[-1])
        await set_alarm(postgres_store, "alarm-1", soon(0))
        await rung(postgres_store, "alarm-1")
        (leader,) = (index for index, source in enumerate(sources) if source.fired)
        await cancel(tasks[leader])
        await set_alarm(postgres_store, "alarm-2", soon(0))
        await rung(postgres_store, "alarm-2")
        assert "alarm-2" in sources[1 - leader].fired
    assert len(await rings(postgres_store, "alarm-1")) == 1


async def test_two_that_fire_at_the_same_time_have_one_effect(
    database: Database, engine: AsyncEngine, postgres_store: PostgresStore
):
    """As after a pause in which the leader did not notice that it had lost the lead."""
    await set_alarm(postgres_store, "alarm-1", soon(-1))
    due = Due(soon(-1), "acme", "alarm-1")
    timers = [create_timers(engine, postgres_store, RingAlarms()) for _ in range(5)]
    await asyncio.gather(*(each._retrying(each._sources[0], due) for each in timers))
    assert len(await rings(postgres_store, "alarm-1")) == 1


async def test_while_the_read_model_is_behind_a_timer_still_has_one_effect(
    engine: AsyncEngine, postgres_store: PostgresStore
):
    await set_alarm(postgres_store, "alarm-1", soon(-1))
    source = RingAlarms()
    async with engine.begin() as sql:
        await sql.execute(
            text("INSERT INTO alarms VALUES ('acme', 'alarm-1', :at, false)"), {"at": soon(-1)}
        )
    async with running(create_timers(engine, postgres_store, source).run()):
        await eventually(lambda: _count(source), until=lambda fired: fired > 3)
    assert len(await rings(postgres_store, "alarm-1")) == 1
    # Each time it is left alone for longer: 0.05 s, 0.1 s, 0.2 s...
    assert len(source.fired) < 8


async def _count(source: RingAlarms) -> int:
    return len(source.fired)


@pytest.mark.usefixtures("read_models")
async def test_a_runner_that_dies_in_the_middle_of_firing_leaves_it_to_the_next(
    engine: AsyncEngine, database: Database, postgres_store: PostgresStore
):
    await set_alarm(postgres_store, "alarm-1", soon(-1))
    source = RingAlarms()
    source.held = {"alarm-1"}
    own = create_engine(database.app)
    task = asyncio.create_task(create_timers(own, PostgresStore(own), source).run())
    await asyncio.wait_for(source.arrived.wait(), 10)
    await _kill_sessions(database)
    await cancel(task)
    assert own.pool.checkedout() == 0
    await own.dispose()
    assert await rings(postgres_store, "alarm-1") == []
    async with running(create_timers(engine, postgres_store, RingAlarms()).run()):
        await rung(postgres_store, "alarm-1")
        await eventually(lambda: listed(engine), until=lambda count: count == 0)
    assert len(await rings(postgres_store, "alarm-1")) == 1


@pytest.mark.usefixtures("read_models")
@pytest.mark.parametrize("after", [0.0, 0.002, 0.004, 0.008, 0.016])
async def test_a_runner_cut_off_at_any_moment_loses_nothing_and_repeats_nothing(
    engine: AsyncEngine, postgres_store: PostgresStore, after: float
):
    names = [f"alarm-{n}" for n in range(30)]
    for name in names:
        await set_alarm(postgres_store, name, soon(-1))
    await eventually(lambda: listed(engine), until=lambda count: count == len(names))
    source = RingAlarms()
    task = asyncio.create_task(create_timers(engine, postgres_store, source).run())
    await eventually(lambda: _count(source), until=lambda fired: fired >= 10, every=0)
    await asyncio.sleep(after)
    await cancel(task)
    async with running(create_timers(engine, postgres_store, RingAlarms()).run()):
        await rung(postgres_store, *names)
        await eventually(lambda: listed(engine), until=lambda count: count == 0)
    assert [len(await rings(postgres_store, name)) for name in names] == [1] * len(names)


@pytest.mark.usefixtures("read_models")
async def test_timers_that_fail_do_not_keep_the_others_from_their_time(
    engine: AsyncEngine, postgres_store: PostgresStore
):
    source = RingAlarms()
    source.broken = {f"broken-{n}" for n in range(12)}
    for name in source.broken:
        await set_alarm(postgres_store, name, soon(-60))
    await set_alarm(postgres_store, "alarm-1", soon(-1))
    # A page smaller than what is broken, which stands at its front for ever.
    timers = Timers(engine, postgres_store, [source], page=5, first_pause=0.05)
    async with running(timers.run()):
        await rung(postgres_store, "alarm-1")
        source.broken.clear()
        await rung(postgres_store, *(f"broken-{n}" for n in range(12)))
        assert timers.seconds_since_success < 5


class Unreadable(RingAlarms):
    name = "unreadable"

    async def due(self, sql: AsyncConnection, by: datetime, limit: int) -> Sequence[Due]:
        await sql.execute(text("SELECT nothing FROM nowhere"))
        return []

    async def fire(self, tx: Transaction, due: Due) -> Sequence[Append]:
        raise AssertionError


@pytest.mark.usefixtures("read_models")
async def test_a_source_that_cannot_be_asked_shows_and_keeps_no_other_from_its_time(
    engine: AsyncEngine, postgres_store: PostgresStore
):
    timers = create_timers(engine, postgres_store, Unreadable(), RingAlarms())
    async with running(timers.run()):
        await set_alarm(postgres_store, "alarm-1", soon(0))
        await rung(postgres_store, "alarm-1")
        await asyncio.sleep(1.2)
        assert timers.seconds_since_success > 1.0


@pytest.mark.usefixtures("read_models")
async def test_a_race_lost_against_somebody_else_is_decided_again(
    engine: AsyncEngine, postgres_store: PostgresStore
):
    class Raced(RingAlarms):
        async def fire(self, tx: Transaction, due: Due) -> Sequence[Append]:
            decided = await super().fire(tx, due)
            if len(self.fired) == 1:
                await postgres_store.append(append(write(due.key, "snoozed", expected=1)))
            return decided

    await set_alarm(postgres_store, "alarm-1", soon(-1))
    source = Raced()
    async with running(create_timers(engine, postgres_store, source).run()):
        await rung(postgres_store, "alarm-1")
    types = [record.type for record in await postgres_store.read_stream("acme", "alarm-1")]
    assert types == ["AlarmSet", "Noted", "AlarmRang"]


@pytest.mark.usefixtures("read_models")
async def test_it_goes_on_when_the_database_was_away(
    engine: AsyncEngine, database: Database, postgres_store: PostgresStore
):
    async with running(create_timers(engine, postgres_store, RingAlarms()).run()):
        await set_alarm(postgres_store, "alarm-1", soon(0))
        await rung(postgres_store, "alarm-1")
        await _kill_sessions(database)
        await set_alarm(postgres_store, "alarm-2", soon(0))
        await rung(postgres_store, "alarm-2")


async def _kill_sessions(database: Database) -> None:
    connection = await asyncpg.connect(database.superuser)
    await connection.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    await connection.close()
