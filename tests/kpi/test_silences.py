"""A source that falls silent is announced by the clock, once, whoever runs when."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from helmlog_events.contracts.kpi import KPIDataResumed, KPINoData, ReadingsIngested
from helmlog_events.pipeline.follower import LogFollower
from helmlog_events.pipeline.protocols import Due
from helmlog_events.pipeline.timers import Timers
from helmlog_events.store.postgres.connections import create_engine
from helmlog_events.store.postgres.store import PostgresStore
from helmlog_events.testing.probes import eventually, running
from kpi_service.application.catalogue import Catalogue
from kpi_service.application.judgement import Judgement
from kpi_service.application.silences import SilenceTimer
from kpi_service.bootstrap import create_pipeline, create_timers

from tests.kpi.service import Service
from tests.support.databases import Database

HOUR = timedelta(hours=1)


@pytest.fixture
async def following(database: Database) -> AsyncIterator[None]:
    """What the worker does with the log: policies and readings are watched."""
    engine = create_engine(database.app)
    store = PostgresStore(engine)
    async with running(LogFollower(engine, create_pipeline(store)).run()):
        yield
    await store.close()
    await engine.dispose()


@asynccontextmanager
async def timers(database: Database) -> AsyncIterator[Timers]:
    """The timers of a worker of its own; leaving the block ends it in the middle of its work."""
    engine = create_engine(database.app)
    store = PostgresStore(engine)
    try:
        built = create_timers(engine, store)
        async with running(built.run()):
            yield built
    finally:
        await store.close()
        await engine.dispose()


async def watch(service: Service, slug: str = "demand", **policy: Any) -> UUID:
    asked = {"no_data_after": "PT2H", "on_no_data": "alert", **policy}
    return await service.define(slug, policy_fields=asked)


def reading(slug: str, ago: timedelta, value: int = 1) -> dict[str, Any]:
    moment = datetime.now(UTC) - ago
    return {"kpi": slug, "observed_at": moment.isoformat(), "value": value}


async def said(service: Service) -> list[Any]:
    return await service.events(KPINoData, KPIDataResumed)


async def until_said(service: Service, count: int) -> list[Any]:
    return await eventually(lambda: said(service), until=lambda events: len(events) >= count)


async def until_settled(service: Service) -> None:
    """Nothing waits to be looked at: all that was said by now has been taken in."""

    async def waiting() -> list[Any]:
        query = (
            "SELECT 1 FROM silence_timers WHERE tenant = $1 AND due_at <= now() UNION ALL"
            " SELECT 1 WHERE (SELECT max(seq) FROM event_log) >"
            " (SELECT max(next_offset) FROM consumer_positions WHERE topic = 'own-log')"
        )
        return await service.rows(query)

    await eventually(waiting, until=lambda rows: not rows)


@pytest.mark.usefixtures("following")
async def test_of_two_workers_one_announces_a_silence_and_its_end(
    service: Service, database: Database
):
    await watch(service)
    old = reading("demand", 3 * HOUR)
    await service.ingest([old])
    async with timers(database), timers(database):
        await until_said(service, 1)
        fresh = reading("demand", HOUR, value=7)
        await service.ingest([fresh])
        await until_said(service, 2)
        await until_settled(service)
    silent, resumed = await said(service)
    assert silent.last_observed_at.isoformat() == old["observed_at"]
    assert resumed.silence_id == silent.silence_id
    assert (resumed.observed_at.isoformat(), resumed.value) == (fresh["observed_at"], 7)
    (record, _) = await service.store.read_stream(service.tenant, f"kpi_silence-{silent.kpi_id}")
    assert record.occurred_at == silent.last_observed_at + 2 * HOUR
    assert record.actor == "system:silence-timer"


@pytest.mark.usefixtures("following")
async def test_a_worker_that_ran_not_when_the_time_was_up_announces_it_once_it_does(
    service: Service, database: Database
):
    await watch(service)
    await service.ingest([reading("demand", 3 * HOUR)])
    for _ in range(2):
        async with timers(database):
            await until_said(service, 1)
            await until_settled(service)
    assert len(await said(service)) == 1


@pytest.mark.usefixtures("following")
async def test_what_never_came_is_announced_when_its_time_is_up(
    service: Service, database: Database
):
    await watch(service, no_data_after="PT1S")
    async with timers(database):
        (silent,) = await until_said(service, 1)
    assert silent.last_observed_at is None


@pytest.mark.usefixtures("following")
async def test_a_first_reading_of_long_ago_is_a_silence_at_once(
    service: Service, database: Database
):
    kpi_id = await watch(service)
    query = "SELECT due_at FROM silence_timers WHERE tenant = $1 AND due_at > now()"
    async with timers(database):
        await eventually(lambda: service.rows(query))
        await service.ingest([reading("demand", 5_000 * HOUR)])
        (silent,) = await until_said(service, 1)
    assert (silent.kpi_id, silent.last_observed_at is None) == (kpi_id, False)


@pytest.mark.usefixtures("following")
async def test_old_readings_do_not_end_a_silence_and_the_first_of_the_new_ones_does(
    service: Service, database: Database
):
    await watch(service)
    async with timers(database):
        await service.ingest([reading("demand", 50 * HOUR)])
        await until_said(service, 1)
        await service.ingest([reading("demand", 40 * HOUR)])
        await until_settled(service)
        assert len(await said(service)) == 1
        since = reading("demand", 2.5 * HOUR)
        await service.ingest([since, reading("demand", HOUR)])
        _, resumed = await until_said(service, 2)
    assert resumed.observed_at.isoformat() == since["observed_at"]


@pytest.mark.usefixtures("following")
async def test_a_reading_that_came_meanwhile_is_no_silence(service: Service, database: Database):
    """It came after the timer had listed the KPI as due, and before it looked."""
    kpi_id = await watch(service)
    await service.ingest([reading("demand", 3 * HOUR)])
    timer = SilenceTimer(service.store, Judgement(Catalogue()).fall_silent)

    async def listed() -> list[Due]:
        async with service.engine.connect() as sql:
            found = await timer.due(sql, datetime.now(UTC), 1_000)
        return [due for due in found if due.key == str(kpi_id)]

    (due,) = await eventually(listed)
    await service.ingest([reading("demand", HOUR)])
    async with service.store.transaction() as tx:
        assert await timer.fire(tx, due) == []
    # It waits for the newest reading's time now; what comes then puts it off without a look.
    ((due_at,),) = await service.rows("SELECT due_at FROM silence_timers WHERE tenant = $1")
    assert due_at > datetime.now(UTC) + 0.9 * HOUR
    async with service.engine.begin() as sql:
        await sql.exec_driver_sql(
            "UPDATE silence_timers SET due_at = now() - interval '1 hour' WHERE tenant = $1",
            (service.tenant,),
        )
    assert await listed() == []
    ((moved,),) = await service.rows("SELECT due_at FROM silence_timers WHERE tenant = $1")
    assert moved == due_at
    assert await said(service) == []


@pytest.mark.usefixtures("following")
async def test_a_silence_is_over_when_the_policy_asks_no_more(service: Service, database: Database):
    kpi_id = await watch(service)
    await service.ingest([reading("demand", 3 * HOUR)])
    async with timers(database):
        await until_said(service, 1)
        await service.set_policy(kpi_id, no_data_after="PT2H", on_no_data="keep")
        _, resumed = await until_said(service, 2)
    assert (resumed.cause, resumed.observed_at) == ("policy", None)


@pytest.mark.usefixtures("following")
async def test_silence_that_is_taken_for_good_is_waited_for_again_once_a_reading_came(
    service: Service, database: Database
):
    await watch(service, on_no_data="ok")
    await service.ingest([reading("demand", 3 * HOUR)])
    query = "SELECT waits, due_at FROM silence_timers WHERE tenant = $1"
    async with timers(database):
        await eventually(lambda: service.rows(query), until=lambda rows: rows == [(True, None)])
        await service.ingest([reading("demand", HOUR)])
        ((waits, due_at),) = await eventually(
            lambda: service.rows(query), until=lambda rows: not rows[0].waits
        )
    assert due_at > datetime.now(UTC)
    assert (waits, await said(service)) == (False, [])


async def test_a_batch_and_a_look_at_once_agree_on_who_came_first(
    service: Service, database: Database, following: None
):
    await asyncio.gather(*(watch(service, f"kpi-{number}") for number in range(8)))
    slugs = [f"kpi-{number}" for number in range(8)]
    await service.ingest([reading(slug, 3 * HOUR) for slug in slugs])
    async with timers(database):
        await asyncio.gather(*(service.ingest([reading(slug, HOUR)]) for slug in slugs))
        await until_settled(service)
        told = await said(service)
    silent = [one for one in told if isinstance(one, KPINoData)]
    resumed = [one for one in told if isinstance(one, KPIDataResumed)]
    assert {one.silence_id for one in silent} == {one.silence_id for one in resumed}
    assert len(await service.events(ReadingsIngested)) == 9
