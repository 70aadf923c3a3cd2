"""Cycles as they are opened, nested, revised and closed over HTTP."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from tests.okr.house import OBJECTIVE, QUARTER, Team

YEAR = {
    "name": "FY20",
    "kind": "year",
    "starts_on": "2019-02-01",
    "ends_on": "2020-01-31",
    "timezone": "America/New_York",
}


async def patch(team: Team, cycle_id: str, **changes):
    body = {"reason": "better so", **changes}
    return await team.send("PATCH", f"/v1/cycles/{cycle_id}", body)


async def patched(team: Team, cycle_id: str, **changes):
    response = await patch(team, cycle_id, **changes)
    assert response.status_code == 200, response.text
    return response.json()


async def refusal_of(response) -> str:
    return response.json()["type"].rpartition("/")[2]


async def test_a_cycle_says_what_is_planned_and_what_came_of_it(team: Team):
    before = datetime.now(UTC)
    cycle = await team.get(f"/v1/cycles/{await team.cycle()}")
    assert cycle["planned"] == {
        "activates_at": "2019-11-01T00:00:00.000000Z",
        "reviews_at": "2020-02-01T00:00:00.000000Z",
        "closes_at": "2020-02-15T00:00:00.000000Z",
    }
    assert before <= datetime.fromisoformat(cycle["activated_at"]) <= datetime.now(UTC)
    assert (cycle["review_started_at"], cycle["closed_at"]) == (None, None)
    assert (cycle["days_left"], cycle["elapsed"]) == (0, "1.000000")
    assert (cycle["parent_id"], cycle["child_ids"], cycle["fiscal"]) == (None, [], None)
    closed = await team.post(f"/v1/cycles/{cycle['id']}:close")
    assert closed["closed_at"] == closed["review_started_at"] > cycle["activated_at"]


@pytest.mark.parametrize(
    ("moment", "days_left", "elapsed"),
    [
        ("2019-11-01T00:00:00Z", 92, "0.000000"),
        ("2019-12-17T00:00:00Z", 46, "0.500000"),
        ("2020-01-31T23:00:00Z", 1, "0.999547"),
        ("2020-02-01T00:00:00Z", 0, "1.000000"),
    ],
)
async def test_a_past_moment_shows_how_far_the_cycle_was(team: Team, moment, days_left, elapsed):
    cycle = await team.get(f"/v1/cycles/{await team.cycle()}", valid_at=moment)
    assert (cycle["days_left"], cycle["elapsed"]) == (days_left, elapsed)


async def test_a_quarter_lies_in_a_year_and_each_knows_the_other(team: Team):
    year_id = await team.cycle(**YEAR)
    quarter_id = await team.cycle(parent_id=year_id)
    assert (await team.get(f"/v1/cycles/{quarter_id}"))["parent_id"] == year_id
    assert (await team.get(f"/v1/cycles/{year_id}"))["child_ids"] == [quarter_id]
    (listed,) = (await team.get("/v1/cycles", parent_id=year_id))["items"]
    assert listed["id"] == quarter_id


async def test_where_a_cycle_cannot_lie(team: Team):
    body = {**QUARTER, "parent_id": str(uuid4())}
    assert await team.refused("/v1/cycles", body) == "unknown-parent-cycle"
    year_id = await team.cycle(**YEAR)
    body = {**QUARTER, "parent_id": year_id}
    later = {**body, "ends_on": "2020-02-01"}
    assert await team.refused("/v1/cycles", later) == "outside-parent-cycle"
    await team.post(f"/v1/cycles/{year_id}:close")
    assert await team.refused("/v1/cycles", body) == "parent-cycle-closed"
    stranger = Team(team.house, f"{team.tenant}-b")
    assert await stranger.refused("/v1/cycles", body) == "unknown-parent-cycle"


async def test_a_year_is_closed_after_its_quarters(team: Team):
    year_id = await team.cycle(**YEAR)
    running = await team.cycle(parent_id=year_id)
    planned = await team.cycle(name="planned", active=False, parent_id=year_id)
    assert await team.refused(f"/v1/cycles/{year_id}:close") == "child-cycles-open"
    await team.post(f"/v1/cycles/{running}:close")
    assert (await team.post(f"/v1/cycles/{year_id}:close"))["state"] == "closed"
    assert await team.refused(f"/v1/cycles/{planned}:activate") == "parent-cycle-closed"
    again = {"reason": "a number was wrong"}
    assert await team.refused(f"/v1/cycles/{running}:reopen", again) == "parent-cycle-closed"
    await team.post(f"/v1/cycles/{year_id}:reopen", again)
    assert (await team.post(f"/v1/cycles/{running}:reopen", again))["state"] == "review"


async def test_of_a_year_closing_and_a_quarter_starting_side_by_side_one_stands(team: Team):
    for attempt in range(5):
        year_id = await team.cycle(**{**YEAR, "name": f"year {attempt}"})
        quarter_id = await team.cycle(active=False, name=f"quarter {attempt}", parent_id=year_id)
        sent = await asyncio.gather(
            team.send("POST", f"/v1/cycles/{year_id}:close", {}),
            team.send("POST", f"/v1/cycles/{quarter_id}:activate", {}),
        )
        assert sorted(response.status_code for response in sent) == [200, 422]


async def test_a_cycle_moves_from_one_parent_to_another_and_out(team: Team):
    one, other = [await team.cycle(**{**YEAR, "name": name}) for name in ("one", "other")]
    quarter_id = await team.cycle(active=False, parent_id=one)
    for parent_id, children in ((other, ([], [quarter_id])), (None, ([], []))):
        moved = await patched(team, quarter_id, parent_id=parent_id)
        assert moved["parent_id"] == parent_id
        known = tuple(
            [(await team.get(f"/v1/cycles/{year}"))["child_ids"] for year in (one, other)]
        )
        assert known == children
    response = await patch(team, quarter_id, parent_id=str(uuid4()))
    assert await refusal_of(response) == "unknown-parent-cycle"


async def test_no_cycle_comes_to_lie_in_itself_however_far_down(team: Team):
    outer = await team.cycle(active=False, name="outer")
    middle = await team.cycle(active=False, name="middle", parent_id=outer)
    inner = await team.cycle(active=False, name="inner", parent_id=middle)
    for parent_id in (outer, middle, inner):
        response = await patch(team, outer, parent_id=parent_id)
        assert await refusal_of(response) == "cycle-nests-in-itself"
    assert (await patched(team, inner, parent_id=outer))["parent_id"] == outer


async def test_of_two_cycles_put_into_each_other_side_by_side_one_is(team: Team):
    one, other = [await team.cycle(active=False, name=name) for name in ("one", "other")]
    sent = await asyncio.gather(
        patch(team, one, parent_id=other), patch(team, other, parent_id=one)
    )
    assert sorted(response.status_code for response in sent) == [200, 422]


async def test_a_planned_cycle_is_revised_with_a_reason(team: Team):
    cycle_id = await team.cycle(active=False)
    changes = {
        "name": "Holiday season",
        "kind": "custom",
        "starts_on": "2019-11-15",
        "ends_on": "2020-01-15",
        "timezone": "Europe/Berlin",
    }
    revised = await patched(team, cycle_id, **changes)
    assert changes.items() <= revised.items()
    assert revised["version"] == 2
    assert await team.get(f"/v1/cycles/{cycle_id}") == revised
    assert (await patched(team, cycle_id, **changes))["version"] == 2
    assert (await patched(team, cycle_id))["version"] == 2


async def test_what_was_known_before_a_revision_shows_the_old_plan(team: Team):
    cycle_id = await team.cycle()
    before = datetime.now(UTC).isoformat()
    await patched(team, cycle_id, ends_on="2020-02-14")
    path = f"/v1/cycles/{cycle_id}"
    assert (await team.get(path))["ends_on"] == "2020-02-14"
    assert (await team.get(path, known_at=before))["ends_on"] == "2020-01-31"
    assert (await team.get(path, valid_at="2020-01-15T00:00:00Z"))["ends_on"] == "2020-01-31"


async def test_revisions_that_are_refused(team: Team):
    cycle_id = await team.cycle(active=False)
    for changes, slug in (
        ({"ends_on": "2019-10-01"}, "cycle-ends-before-it-starts"),
        ({"starts_on": "1500-01-01"}, "cycle-outside-calendar"),
        ({"timezone": "Atlantis/Capital"}, "unknown-timezone"),
        ({"name": ""}, "validation"),
        ({"state": "closed"}, "validation"),
        ({"reason": " "}, "validation"),
    ):
        response = await patch(team, cycle_id, **changes)
        assert (response.status_code, await refusal_of(response)) == (422, slug)
    await team.post(f"/v1/cycles/{cycle_id}:activate")
    response = await patch(team, cycle_id, starts_on="2019-11-02")
    assert await refusal_of(response) == "cycle-plan-settled"
    assert response.json()["errors"][0]["pointer"] == "#/starts_on"
    await team.post(f"/v1/cycles/{cycle_id}:close")
    assert await refusal_of(await patch(team, cycle_id, name="x")) == "cycle-closed"
    response = await patch(team, str(uuid4()), name="x")
    assert (response.status_code, await refusal_of(response)) == (404, "unknown-cycle")


async def test_a_running_cycle_does_not_end_before_it_was_activated(team: Team):
    today = datetime.now(UTC).date()
    starts_on, ends_on = f"{today.year - 1}-01-01", f"{today.year + 1}-12-31"
    cycle_id = await team.cycle(starts_on=starts_on, ends_on=ends_on)
    response = await patch(team, cycle_id, ends_on=f"{today.year - 1}-06-30")
    assert await refusal_of(response) == "cycle-ends-before-activation"
    assert (await patched(team, cycle_id, ends_on=f"{today.year + 1}-06-30"))["version"] == 3


async def test_a_year_stays_around_its_quarters(team: Team):
    year_id = await team.cycle(**YEAR)
    await team.cycle(parent_id=year_id)
    response = await patch(team, year_id, ends_on="2020-01-30")
    assert await refusal_of(response) == "child-cycle-outside"


async def test_a_name_is_free_again_when_it_was_given_up(team: Team):
    one = await team.cycle(active=False, name="one")
    await patched(team, one, name="uno")
    other = await team.cycle(active=False, name="One")
    response = await patch(team, one, name="one")
    assert (response.status_code, await refusal_of(response)) == (409, "cycle-name-taken")
    await patched(team, other, name="due")
    for name in ("one", "uno", "one", "ONE"):
        assert (await patched(team, one, name=name))["name"] == name
    assert await team.refused("/v1/cycles", {**QUARTER, "name": "one"}, status=409)


async def test_of_two_cycles_that_want_a_name_one_gets_it(team: Team):
    cycles = [await team.cycle(active=False, name=str(number)) for number in range(4)]
    sent = await asyncio.gather(*(patch(team, cycle_id, name="best") for cycle_id in cycles))
    assert Counter(response.status_code for response in sent) == {200: 1, 409: 3}


async def test_cycles_are_chosen_by_kind_and_by_a_day_among_their_dates(team: Team):
    year_id = await team.cycle(**YEAR)
    quarter_id = await team.cycle()
    for query, ids in (
        ({"kind": "year"}, [year_id]),
        ({"kind": "quarter", "state": "active"}, [quarter_id]),
        ({"on": "2019-11-01"}, [quarter_id, year_id]),
        ({"on": "2020-01-31"}, [quarter_id, year_id]),
        ({"on": "2019-10-31"}, [year_id]),
        ({"on": "2020-02-01"}, []),
        ({"on": "2019-11-01", "valid_at": "2019-03-01T00:00:00Z"}, [year_id]),
    ):
        items = (await team.get("/v1/cycles", **query))["items"]
        assert [item["id"] for item in items] == ids


async def test_a_cycle_closes_over_open_objectives_with_a_warning_for_each(team: Team):
    cycle_id = await team.cycle()
    await team.objective(cycle_id, title="Be known")
    await team.objective(cycle_id, active=False, title="Be liked")
    done = await team.objective(cycle_id, title="Be found")
    await team.post(f"/v1/objectives/{done}:close", {"outcome": "missed"})
    await team.get("/v1/objectives")
    path = f"/v1/cycles/{cycle_id}:close"
    assert await team.refused(f"{path}?strict=true") == "objectives-open"
    closed = await team.post(path)
    assert closed["state"] == "closed"
    assert closed["warnings"] == [
        {"code": "objective-still-open", "detail": "Be known is active."},
        {"code": "objective-still-open", "detail": "Be liked is draft."},
    ]


async def test_asked_to_be_strict_a_cycle_closes_over_closed_objectives(team: Team):
    cycle_id = await team.cycle()
    objective_id = await team.objective(cycle_id)
    await team.get("/v1/objectives")
    await team.post(f"/v1/objectives/{objective_id}:close", {"outcome": "missed"})
    assert (await team.post(f"/v1/cycles/{cycle_id}:close?strict=true"))["warnings"] == []
    body = {**OBJECTIVE, "cycle_id": cycle_id}
    assert await team.refused("/v1/objectives", body) == "cycle-closed"
