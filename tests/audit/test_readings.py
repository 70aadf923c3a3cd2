"""Readings are not events, but each batch's event carries the digest of its rows."""

from collections.abc import AsyncIterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import asyncpg
import pytest
from audit_service.application.verification import verify_logs
from helmlog_events.contracts.kpi import ReadingsDetached, ReadingsIngested
from helmlog_events.ids import new_id
from helmlog_local.testing import ProvidedPostgres
from kpi_service.domain.readings.digest import Group, batch_digest, month_digests
from kpi_service.domain.readings.reading import row
from kpi_service.migrate import MIGRATIONS as KPI_MIGRATIONS

from tests.audit.house import TENANT, House, at, open_house
from tests.support.databases import fresh_database

SOURCES = ("feed-1", 'feed "2"', "Wärme\n")


@pytest.fixture
async def house(postgres: ProvidedPostgres) -> AsyncIterator[House]:
    async with (
        open_house(postgres, []) as house,
        fresh_database(postgres, KPI_MIGRATIONS) as database,
    ):
        from helmlog_events.store.postgres.connections import create_engine
        from helmlog_events.store.postgres.store import PostgresStore

        engine = create_engine(database.app)
        house.databases["kpi"] = database
        house.stores["kpi"] = PostgresStore(engine)
        for _ in range(3):
            await ingest(house)
        await house.journal()
        yield house
        await house.stores["kpi"].close()
        await engine.dispose()


async def ingest(house: House, days: int = 0) -> UUID:
    """A batch of three sources' readings, rows and event, as kpi-service describes it.

    Readings are `days` apart, so that some weeks put them into several months.
    """
    batch_id, kpi_id = new_id(), new_id()
    values = [Decimal(10844), Decimal("0.50"), Decimal("-12.5"), Decimal("0.00")]
    groups = [
        Group(
            kpi_id,
            source,
            [
                row(at(number) + timedelta(days=days * number, milliseconds=number), 1, value)
                for number, value in enumerate(values)
            ],
        )
        for source in SOURCES
    ]
    connection = await asyncpg.connect(house.databases["kpi"].superuser)
    for month in range(1, 6):
        await connection.execute("SELECT ensure_readings_partition($1)", date(2026, month, 1))
    await connection.executemany(
        "INSERT INTO readings (tenant, kpi_id, source, observed_at, value, revision, batch_id,"
        " received_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $4)",
        [
            (
                TENANT,
                kpi_id,
                source,
                datetime.fromisoformat(one.observed_at),
                Decimal(one.value),
                one.revision,
                batch_id,
            )
            for _, source, rows in groups
            for one in rows
        ],
    )
    await connection.close()
    months = month_digests(groups)
    event = ReadingsIngested(
        batch_id=batch_id,
        kpi_ids=(kpi_id,),
        count=len(values) * len(SOURCES),
        corrected=0,
        first_observed_at=at(0),
        last_observed_at=at(3),
        digest=batch_digest(months),
        months=months,
    )
    await house.say("kpi", f"readings-{batch_id}", event)
    return batch_id


async def found(house: House) -> set[tuple[int, str, str]]:
    return {(f.seq, f.place, f.finding) for f in (await verify_logs(house.logs)).findings}


async def test_untouched_readings_give_their_digests(house: House):
    verification = await verify_logs(house.logs)
    assert verification.holds
    assert {log.source: log.readings for log in verification.logs} == {"audit": None, "kpi": 36}


@pytest.mark.parametrize(
    "change",
    [
        "SET value = value + 0.01",
        "SET observed_at = observed_at + interval '1 microsecond'",
        "SET source = 'another'",
        "SET kpi_id = gen_random_uuid()",
    ],
)
async def test_one_altered_reading_names_the_event_of_its_batch(house: House, change: str):
    batch_id = await ingest(house)
    await house.tamper(
        "kpi",
        f"UPDATE readings {change} WHERE batch_id = '{batch_id}' AND value = 0.5"
        " AND source = 'feed-1'",
    )
    assert await found(house) == {(4, "readings", "altered")}


async def test_readings_that_were_taken_away_are_noticed(house: House):
    one, all_of_it = await ingest(house), await ingest(house)
    await house.tamper(
        "kpi",
        f"DELETE FROM readings WHERE batch_id = '{one}' AND value = 0.5 AND source = 'feed-1'",
        f"DELETE FROM readings WHERE batch_id = '{all_of_it}'",
    )
    assert await found(house) == {(4, "readings", "altered"), (5, "readings", "missing")}


async def test_readings_no_event_tells_of_are_noticed(house: House):
    await house.tamper(
        "kpi",
        "INSERT INTO readings (tenant, kpi_id, source, observed_at, value, revision, batch_id,"
        " received_at) SELECT tenant, kpi_id, 'planted-' || source, observed_at, value, 1,"
        " '00000000-0000-7000-8000-000000000001', received_at FROM readings",
    )
    assert await found(house) == {(0, "readings", "unknown")}


async def put_away(house: House, month: date, *, told: bool) -> None:
    relation = f"readings_{month:%Y%m}"
    await house.tamper("kpi", f"ALTER TABLE readings DETACH PARTITION {relation}")
    if told:
        event = ReadingsDetached(month=f"{month:%Y-%m}", count=3, batches=1)
        await house.say("kpi", f"readings_month-{month:%Y-%m}", event)


async def test_readings_put_away_are_not_missed_and_the_rest_of_their_batch_still_counts(
    house: House,
):
    batch_id = await ingest(house, days=40)
    await put_away(house, date(2026, 2, 1), told=True)
    assert await found(house) == set()
    await house.tamper("kpi", f"UPDATE readings SET revision = 2 WHERE batch_id = '{batch_id}'")
    assert await found(house) == {(4, "readings", "altered")}


async def test_a_batch_that_was_put_away_altogether_is_not_missed(house: House):
    await put_away(house, date(2026, 1, 1), told=True)
    assert await found(house) == set()


async def test_a_month_that_went_without_a_word_is_missed(house: House):
    await put_away(house, date(2026, 1, 1), told=False)
    assert {finding for _, _, finding in await found(house)} == {"missing"}


async def test_a_month_put_away_may_come_back_but_only_as_it_was(house: House):
    batch_id = await ingest(house, days=40)
    event = ReadingsDetached(month="2026-02", count=3, batches=1)
    await house.say("kpi", "readings_month-2026-02", event)
    assert await found(house) == set()
    await house.tamper(
        "kpi",
        f"DELETE FROM readings WHERE batch_id = '{batch_id}' AND source = 'feed-1'"
        " AND observed_at >= '2026-02-01' AND observed_at < '2026-03-01'",
    )
    assert await found(house) == {(4, "readings", "altered")}
