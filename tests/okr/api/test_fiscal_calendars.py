"""Fiscal calendars, and the cycles that are cut from them."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import uuid4

import pytest

from tests.okr.house import QUARTER, Team

GROUP = {"name": "Group", "first_month": 2, "named_by": "end"}
PATH = "/v1/fiscal-calendars/group"


async def define(team: Team, path: str = PATH, **fields):
    return await team.send("PUT", path, {**GROUP, **fields})


async def test_a_calendar_is_defined_and_read(team: Team):
    response = await define(team)
    assert (response.status_code, response.headers["ETag"]) == (200, '"1"')
    assert response.json() == {
        **GROUP,
        "slug": "group",
        "pattern": "months",
        "ends_on_weekday": None,
        "version": 1,
    }
    assert await team.get(PATH) == response.json()
    assert (await define(team)).json()["version"] == 1


async def test_its_periods_are_those_of_a_fiscal_year(team: Team):
    await define(team)
    year = await team.get(f"{PATH}/periods", year=2020)
    assert (year["calendar"], year["year"], year["days"]) == ("group", 2020, 365)
    assert (year["starts_on"], year["ends_on"]) == ("2019-02-01", "2020-01-31")
    assert year["quarters"][3] == {
        "number": 4,
        "starts_on": "2019-11-01",
        "ends_on": "2020-01-31",
        "days": 92,
    }
    assert len(year["periods"]) == 12


async def test_a_calendar_has_a_history(team: Team):
    await define(team)
    before = datetime.now(UTC).isoformat()
    await define(team, pattern="4-4-5", ends_on_weekday="saturday")
    assert (await team.get(PATH))["pattern"] == "4-4-5"
    for moment in ("known_at", "valid_at"):
        assert (await team.get(PATH, **{moment: before}))["pattern"] == "months"
        (listed,) = (await team.get("/v1/fiscal-calendars", **{moment: before}))["items"]
        assert listed == await team.get(PATH, **{moment: before})
        year = await team.get(f"{PATH}/periods", year=2020, **{moment: before})
        assert year["ends_on"] == "2020-01-31"
    assert (await team.get(f"{PATH}/periods", year=2020))["ends_on"] == "2020-01-25"


async def test_calendars_are_listed_page_by_page(team: Team):
    for slug in ("c", "a", "b"):
        await define(team, f"/v1/fiscal-calendars/{slug}")
    first = await team.get("/v1/fiscal-calendars", limit=2)
    second = await team.get("/v1/fiscal-calendars", limit=2, cursor=first["next_cursor"])
    slugs = [item["slug"] for page in (first, second) for item in page["items"]]
    assert (slugs, second["next_cursor"]) == (["a", "b", "c"], None)


async def test_a_cycle_is_cut_from_a_calendar_and_keeps_its_dates(team: Team):
    await define(team)
    fiscal = {"calendar": "group", "year": 2020, "quarter": 4}
    cycle = await team.post("/v1/cycles", {"fiscal": fiscal})
    assert QUARTER.items() <= cycle.items()
    assert cycle["fiscal"] == fiscal
    await define(team, first_month=4)
    assert QUARTER.items() <= (await team.get(f"/v1/cycles/{cycle['id']}")).items()


async def test_a_whole_year_is_cut_and_named_by_hand(team: Team):
    await define(team)
    fiscal = {"calendar": "group", "year": 2020}
    year = await team.post("/v1/cycles", {"fiscal": fiscal})
    assert (year["name"], year["kind"], year["starts_on"]) == ("FY20", "year", "2019-02-01")
    named = await team.post("/v1/cycles", {"fiscal": fiscal, "name": "Our year"})
    assert (named["name"], named["fiscal"]) == ("Our year", {**fiscal, "quarter": None})


@pytest.mark.parametrize(
    ("body", "slug"),
    [
        ({"fiscal": {"calendar": "other", "year": 2020}}, "unknown-fiscal-calendar"),
        ({"fiscal": {"calendar": "group", "year": 1900}}, "cycle-outside-calendar"),
        ({"fiscal": {"calendar": "group", "year": 2020, "quarter": 5}}, "validation"),
        ({"fiscal": {"calendar": "group", "year": 10**20}}, "validation"),
        ({"fiscal": {"calendar": "../x", "year": 2020}}, "validation"),
        ({"fiscal": {"calendar": "group", "year": 2020}, "kind": "year"}, "validation"),
        ({**QUARTER, "fiscal": {"calendar": "group", "year": 2020}}, "validation"),
        ({"name": "Q1", "kind": "quarter", "starts_on": "2020-01-01"}, "validation"),
    ],
)
async def test_cycles_that_no_calendar_says(team: Team, body, slug):
    await define(team)
    assert await team.refused("/v1/cycles", body) == slug


@pytest.mark.parametrize(
    ("fields", "slug"),
    [
        ({"pattern": "4-4-5"}, "weekday-missing"),
        ({"ends_on_weekday": "friday"}, "weekday-unsuited"),
        ({"first_month": 13}, "validation"),
        ({"pattern": "5-5-3"}, "validation"),
    ],
)
async def test_calendars_that_cannot_be(team: Team, fields, slug):
    response = await define(team, **fields)
    problem = response.json()
    assert (response.status_code, problem["type"].rpartition("/")[2]) == (422, slug)


async def test_a_calendar_that_is_not_there(team: Team):
    for path in (PATH, f"{PATH}/periods?year=2020"):
        problem = (await team.send("GET", path)).json()
        assert (problem["status"], problem["type"].rpartition("/")[2]) == (
            404,
            "unknown-fiscal-calendar",
        )
    await define(team)
    stranger = Team(team.house, f"stranger-{uuid4().hex}")
    assert (await stranger.send("GET", PATH)).status_code == 404
    assert (await stranger.get("/v1/fiscal-calendars"))["items"] == []
    for year in ("1899", "3000", "x", "9" * 30):
        assert (await team.send("GET", f"{PATH}/periods?year={year}")).status_code == 422
