"""A month that another process puts away while this one remembers its partition."""

import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
from kpi_service.migrate import MIGRATIONS

from tests.kpi.api.conftest import Client, serving
from tests.kpi.api.deriving import Deriving
from tests.kpi.api.test_remote_write import counts, write
from tests.kpi.api.test_sources import register
from tests.kpi.ingestion.test_inbound import claimed, hand, inbound, message
from tests.kpi.ingestion.test_retention import JULY, on, retention_of
from tests.kpi.prometheus import body, series
from tests.kpi.service import Service
from tests.support.databases import Database, fresh_database

PUT_AWAY = "the readings of 2014-07 were put away"


@pytest.fixture
async def own(postgres) -> AsyncIterator[tuple[Client, Database]]:
    """A database of its own: putting a month away concerns every tenant."""
    async with fresh_database(postgres, MIGRATIONS) as database, serving(database) as served:
        yield Client(*served), database


async def put_away(database: Database) -> None:
    async with retention_of(database) as retention:
        await retention.detach(JULY)


def reading(day: str, value: int) -> dict[str, Any]:
    return on(day, value) | {"kpi": "taxi-demand"}


async def test_its_readings_over_http_are_rejected_row_by_row(own):
    client, database = own
    await client.define()
    await client.post("/v1/readings", json=[reading("2014-07-01", 1)])
    await put_away(database)
    sent = [reading("2014-07-02", 2), reading("2014-08-01", 3)]
    answer = await client.post("/v1/readings", json=sent, headers={"Idempotency-Key": "once"})
    assert (answer.status_code, answer.json()["accepted"]) == (200, 1)
    assert answer.json()["rejected"] == [{"row": 1, "reason": PUT_AWAY}]
    again = await client.post("/v1/readings", json=sent, headers={"Idempotency-Key": "once"})
    assert again.json() == answer.json()


async def test_its_samples_of_a_remote_write_are_rejected(own, monkeypatch):
    client, database = own
    monkeypatch.setattr(
        "kpi_service.application.instants.Window.at",
        lambda *_: (datetime(2014, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)),
    )
    await client.define("lead-time")
    source = await register(client, "prometheus")
    july, now = 1404200000000, int(time.time() * 1000)
    content = body(series({"__name__": "lead_time"}, [(july, 1.0)]))
    assert (await write(client, source["key"], content)).status_code == 204
    await put_away(database)
    later = body(series({"__name__": "lead_time"}, [(july + 1000, 2.0), (now, 3.0)]))
    answer = await write(client, source["key"], later)
    assert (answer.status_code, counts(answer)) == (400, {"accepted": 1, "rejected": 1})
    assert answer.json()["errors"] == [{"detail": PUT_AWAY, "samples": 1}]


async def test_a_message_with_its_readings_is_taken_in_without_them(own):
    _, database = own
    async with Service.open(database.app) as service:
        await service.define("taxi-demand")
        await service.ingest([reading("2014-07-01", 1)])
        await put_away(database)
        sent = message([reading("2014-07-02", 2), reading("2014-08-01", 3)])
        await hand(inbound(service), await claimed(database), [sent])
        rows = await service.rows("SELECT value FROM readings WHERE tenant = $1")
        assert [int(value) for (value,) in rows] == [3]
        dead = await service.rows("SELECT part, reason FROM dead_letters WHERE $1 <> ''")
        assert [tuple(row) for row in dead] == [(0, PUT_AWAY)]


async def test_a_derived_kpi_goes_on_without_it(own):
    client, database = own
    async with Deriving.open(client, database.app) as deriving:
        await deriving.define("won", "asked", "doubled")
        for slug in ("won", "asked"):
            days = {0: 1, 40: 2}
            await deriving.read(slug, days)
        await deriving.formula("doubled", "won + asked", "won", "asked")
        await deriving.settle()
        assert await deriving.values("doubled") == {0: 2, 40: 4}
        await put_away(database)
        await deriving.formula(
            "doubled", "won * 3 + asked", "won", "asked", since="2011-01-01T00:00:00Z"
        )
        await deriving.settle()
        assert await deriving.values("doubled") == {40: 8}
