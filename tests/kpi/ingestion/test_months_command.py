"""`python -m kpi_service.operate months`, as an operator types it."""

import asyncio

import orjson
import pytest
from helmlog_events.contracts.kpi import ReadingsDetached
from helmlog_events.operate import operate
from kpi_service.bootstrap import create_pipeline
from kpi_service.operate import add_months

from tests.kpi.ingestion.test_retention import on, own

__all__ = ["own"]


@pytest.fixture
async def months(own, monkeypatch, capsys):
    """Gives the exit code, and what was said: an object a line."""
    _, _, database = own
    monkeypatch.setenv("HELMLOG_MIGRATION_URL", database.owner)

    async def run(*typed):
        given = ["months", *typed]
        code = await asyncio.to_thread(operate, create_pipeline, given, extend=add_months)
        return code, [orjson.loads(line) for line in capsys.readouterr().out.splitlines()]

    return run


async def test_months_are_listed_and_put_away_one_after_the_other(own, months):
    service, _, _ = own
    sent = [on("2014-07-01", 1), on("2014-07-02", 2), on("2014-08-01", 3), on("2014-09-01", 4)]
    await service.ingest(sent)
    code, listed = await months("list")
    assert code == 0
    assert [(one["month"], one["relation"], one["detached_at"]) for one in listed] == [
        ("2014-07", "readings_201407", None),
        ("2014-08", "readings_201408", None),
        ("2014-09", "readings_201409", None),
    ]
    assert await months("detach", "2014-07", "2014-08") == (
        0,
        [
            {"month": "2014-07", "detached": {service.tenant: 2}},
            {"month": "2014-08", "detached": {service.tenant: 1}},
        ],
    )
    assert [one.month for one in await service.events(ReadingsDetached)] == ["2014-07", "2014-08"]
    _, listed = await months("list")
    assert [one["detached_at"] is None for one in listed] == [False, False, True]
    # The first that is refused ends it: those after it stay.
    code, said = await months("detach", "2014-07", "2014-09")
    assert (code, [one["month"] for one in said]) == (1, ["2014-07"])
    assert "put away before" in said[0]["refused"]
    rows = await service.rows("SELECT value FROM readings WHERE tenant = $1")
    assert [int(value) for (value,) in rows] == [4]


@pytest.mark.parametrize("typed", ["2014", "July", "2014-13"])
async def test_what_is_no_month_is_refused_before_anything_is_done(typed, capsys):
    with pytest.raises(SystemExit, match="2"):
        operate(create_pipeline, ["months", "detach", typed], extend=add_months)
    assert f"'{typed}' is no month, such as 2014-07" in capsys.readouterr().err
