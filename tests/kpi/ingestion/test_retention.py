"""A month of readings is put away, and what the log says of it still holds."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from typing import Any

import pytest
from helmlog_events import clock
from helmlog_events.contracts.kpi import ReadingsDetached
from helmlog_events.store.postgres.connections import create_engine
from helmlog_events.store.postgres.store import PostgresStore
from kpi_service.application.partitions import Partitions
from kpi_service.application.retention import MonthRefused, Retention
from kpi_service.migrate import MIGRATIONS

from tests.kpi.service import Service
from tests.support.databases import Database, fresh_database

JULY = date(2014, 7, 1)


@pytest.fixture
async def own(postgres) -> AsyncIterator[tuple[Service, Retention, Database]]:
    """A database of its own: putting a month away concerns every tenant."""
    async with (
        fresh_database(postgres, MIGRATIONS) as database,
        Service.open(database.app) as service,
        retention_of(database) as retention,
    ):
        await service.define("demand")
        yield service, retention, database


@asynccontextmanager
async def retention_of(database: Database) -> AsyncIterator[Retention]:
    engine = create_engine(database.owner)
    store = PostgresStore(engine)
    yield Retention(store)
    await store.close()
    await engine.dispose()


def on(day: str, value: int) -> dict[str, Any]:
    return {"kpi": "demand", "observed_at": f"{day}T00:00:00Z", "value": value}


async def test_a_month_put_away_is_told_and_leaves_the_other_months(own):
    service, retention, _ = own
    await service.ingest([on("2014-07-01", 1), on("2014-07-02", 2), on("2014-08-01", 3)])
    await service.ingest([on("2014-07-03", 4)])
    assert await retention.detach(JULY) == {service.tenant: 3}
    assert await service.events(ReadingsDetached) == [
        ReadingsDetached(month="2014-07", count=3, batches=2)
    ]
    rows = await service.rows("SELECT value FROM readings WHERE tenant = $1")
    assert [int(value) for (value,) in rows] == [3]
    listed = [
        (one.month, one.relation, one.detached_at is None) for one in await retention.months()
    ]
    assert listed == [
        (JULY, "readings_201407_detached", False),
        (date(2014, 8, 1), "readings_201408", True),
    ]


async def test_readings_of_a_month_put_away_are_rejected_row_by_row(own):
    service, retention, _ = own
    await service.ingest([on("2014-07-01", 1)])
    await retention.detach(JULY)
    service.partitions.forget()
    result = await service.ingest([on("2014-07-02", 2), on("2014-08-01", 3)])
    assert (result.accepted, [(one.place, one.reason) for one in result.rejected]) == (
        1,
        [(0, "the readings of 2014-07 were put away")],
    )


async def test_a_month_is_put_away_once_and_only_when_it_is_over(own):
    service, retention, _ = own
    await service.ingest([on("2014-07-01", 1)])
    await retention.detach(JULY)
    with pytest.raises(MonthRefused, match="put away before"):
        await retention.detach(JULY)
    with pytest.raises(MonthRefused, match="is not over"):
        await retention.detach(clock.now().date().replace(day=1))


async def test_a_month_that_is_not_as_the_log_tells_stays_where_it_is(own):
    service, retention, database = own
    await service.ingest([on("2014-07-01", 1), on("2014-07-02", 2)])
    async with retention_of(database) as tampering, tampering.store.transaction() as tx:
        await tx.raw.execute("ALTER TABLE readings DISABLE TRIGGER USER")
        await tx.raw.execute("ALTER TABLE readings_201407 DISABLE TRIGGER USER")
        await tx.raw.execute("UPDATE readings SET value = 9 WHERE value = 2")
    with pytest.raises(MonthRefused, match="do not give the log's digest"):
        await retention.detach(JULY)
    assert [one.detached_at for one in await retention.months()] == [None]


async def test_partitions_of_the_next_months_are_made_ahead(own):
    _, retention, database = own
    engine = create_engine(database.app)
    assert await Partitions(engine).make_ahead(clock.now().replace(2031, 11, 30)) == frozenset()
    await engine.dispose()
    months = [f"{one.month:%Y-%m}" for one in await retention.months()]
    assert months == ["2031-11", "2031-12", "2032-01"]
