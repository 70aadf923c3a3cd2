"""What a cycle is run and judged by, and since when."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from tests.okr.house import QUARTER, Team

DEFAULT = {
    "cadence_days": 7,
    "grace_days": 3,
    "on_track_gap": "0.10",
    "behind_gap": "0.25",
    "transitions": "manual",
    "review_days": 14,
    "activates_at": None,
    "reviews_at": None,
    "closes_at": None,
}


async def change(team: Team, cycle_id: str, settings: object, reason: str = "better so"):
    body = {"settings": settings, "reason": reason}
    return await team.send("PUT", f"/v1/cycles/{cycle_id}/settings", body)


async def test_a_cycle_has_settings_though_none_are_given(team: Team):
    cycle = await team.post("/v1/cycles", QUARTER)
    assert cycle["settings"] == DEFAULT


async def test_a_cycle_is_opened_with_settings(team: Team):
    settings = {"cadence_days": 14, "on_track_gap": 0.05, "reviews_at": "2020-01-20T09:00:00+01:00"}
    cycle = await team.post("/v1/cycles", {**QUARTER, "settings": settings})
    assert cycle["settings"] == {
        **DEFAULT,
        "cadence_days": 14,
        "on_track_gap": "0.05",
        "reviews_at": "2020-01-20T08:00:00.000000Z",
    }
    assert cycle["planned"]["reviews_at"] == "2020-01-20T08:00:00.000000Z"


async def test_settings_are_changed_as_a_whole_and_their_history_is_kept(team: Team):
    cycle_id = await team.cycle()
    path = f"/v1/cycles/{cycle_id}/settings"
    response = await change(team, cycle_id, {"cadence_days": 14})
    assert (response.status_code, response.headers["ETag"]) == (200, '"3"')
    await change(team, cycle_id, {"cadence_days": 14}, "asked twice")
    await change(team, cycle_id, {"grace_days": 0}, "no grace")
    items = (await team.get(path))["items"]
    assert [item["settings"] for item in items] == [
        DEFAULT,
        {**DEFAULT, "cadence_days": 14},
        {**DEFAULT, "grace_days": 0},
    ]
    assert [item["reason"] for item in items] == [None, "better so", "no grace"]
    assert [item["version"] for item in items] == [1, 3, 4]
    (first,) = (await team.get(path, valid_at="2019-12-01T00:00:00Z"))["items"]
    assert first["settings"] == DEFAULT
    assert (await team.get(f"/v1/cycles/{cycle_id}"))["settings"] == items[2]["settings"]


async def test_a_past_moment_is_judged_by_the_settings_that_held_then(team: Team):
    today = datetime.now(UTC).date()
    dates = {"starts_on": str(today - timedelta(days=50)), "ends_on": str(today + timedelta(49))}
    cycle_id = await team.cycle(**dates)
    key_result_id = await team.key_result(await team.objective(cycle_id))
    await team.check_in(key_result_id, value="27")
    path = f"/v1/key-results/{key_result_id}"
    assert (await team.get(path))["status"] == "behind"
    before = datetime.now(UTC).isoformat()
    await change(team, cycle_id, {"on_track_gap": "0.2", "behind_gap": "0.2"})
    assert (await team.get(path))["status"] == "on_track"
    assert (await team.get(path, valid_at=before))["status"] == "behind"
    assert (await team.get(path, known_at=before))["status"] == "behind"
    for board, status in (({}, "on_track"), ({"valid_at": before}, "behind")):
        (objective,) = (await team.get(f"/v1/cycles/{cycle_id}/board", **board))["objectives"]
        assert objective["status"] == status


async def test_settings_of_a_planned_cycle_hold_from_its_start(team: Team):
    cycle_id = await team.cycle(active=False)
    await change(team, cycle_id, {"cadence_days": 14})
    then = await team.get(f"/v1/cycles/{cycle_id}", valid_at="2019-11-01T00:00:00Z")
    assert then["settings"]["cadence_days"] == 14


@pytest.mark.parametrize(
    ("settings", "slug", "pointer"),
    [
        ({"cadence_days": 0}, "setting-out-of-range", "#/settings/cadence_days"),
        ({"cadence_days": 10**30}, "setting-out-of-range", "#/settings/cadence_days"),
        ({"grace_days": 61}, "setting-out-of-range", "#/settings/grace_days"),
        ({"review_days": -1}, "setting-out-of-range", "#/settings/review_days"),
        ({"behind_gap": "1.1"}, "setting-out-of-range", "#/settings/behind_gap"),
        ({"on_track_gap": "0.3"}, "setting-out-of-range", "#/settings/on_track_gap"),
        (
            {"reviews_at": "2019-12-01T00:00:00Z", "closes_at": "2019-11-30T00:00:00Z"},
            "planned-steps-out-of-order",
            "#/settings/closes_at",
        ),
        (
            {"activates_at": "2020-02-01T00:00:00Z"},
            "planned-step-outside-cycle",
            "#/settings/activates_at",
        ),
        (
            {"closes_at": "9999-12-31T00:00:00Z"},
            "planned-step-outside-cycle",
            "#/settings/closes_at",
        ),
        ({"cadence_days": "7"}, "validation", "#/settings/cadence_days"),
        ({"transitions": "magic"}, "validation", "#/settings/transitions"),
        ({"surprise": 1}, "validation", "#/settings/surprise"),
    ],
)
async def test_settings_no_cycle_can_be_run_by(team: Team, settings, slug, pointer):
    assert await team.refused("/v1/cycles", {**QUARTER, "settings": settings}) == slug
    response = await change(team, await team.cycle(), settings)
    problem = response.json()
    assert (response.status_code, problem["type"].rpartition("/")[2]) == (422, slug)
    assert problem["errors"][0]["pointer"] == pointer


async def test_a_closed_cycle_keeps_its_settings(team: Team):
    cycle_id = await team.cycle()
    await team.post(f"/v1/cycles/{cycle_id}:close")
    problem = (await change(team, cycle_id, {"cadence_days": 14})).json()
    assert problem["type"].endswith("/cycle-closed")


async def test_a_cycle_that_is_not_there_has_no_settings(team: Team):
    assert (await change(team, str(uuid4()), {})).status_code == 404
    assert (await team.send("GET", f"/v1/cycles/{uuid4()}/settings")).status_code == 404


async def test_who_may_only_read_changes_neither_plan_nor_settings(team: Team):
    cycle_id = await team.cycle()
    reader = Team(team.house, team.tenant, role="viewer")
    assert (await change(reader, cycle_id, {"cadence_days": 14})).status_code == 403
    body = {"name": "mine", "reason": "I like it"}
    assert (await reader.send("PATCH", f"/v1/cycles/{cycle_id}", body)).status_code == 403
    calendar = {"name": "Group"}
    response = await reader.send("PUT", "/v1/fiscal-calendars/group", calendar)
    assert response.status_code == 403
    assert (await reader.get(f"/v1/cycles/{cycle_id}"))["version"] == 2


async def test_a_change_can_be_made_to_rest_on_what_was_read(team: Team):
    cycle_id = await team.cycle()
    path = f"/v1/cycles/{cycle_id}"
    settings = {"settings": {"cadence_days": 14}, "reason": "better so"}
    plan = {"name": "another", "reason": "better so"}
    for method, at, body in (("PUT", f"{path}/settings", settings), ("PATCH", path, plan)):
        stale = await team.send(method, at, body, **{"If-Match": '"1"'})
        assert stale.status_code == 412
    fresh = await team.send("PATCH", path, plan, **{"If-Match": '"2"', "Idempotency-Key": "once"})
    again = await team.send("PATCH", path, plan, **{"If-Match": '"2"', "Idempotency-Key": "once"})
    assert (fresh.status_code, fresh.content) == (again.status_code, again.content)
    assert fresh.json()["version"] == 3
