"""What an objective says, what it is written under, and how it is revised."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from tests.okr.house import OBJECTIVE, QUARTER, Team


async def patch(team: Team, objective_id: str, body: dict, **headers: str):
    return await team.send("PATCH", f"/v1/objectives/{objective_id}", body, **headers)


async def test_a_draft_says_what_it_serves_and_how_often_it_is_looked_at(team: Team):
    body = {
        **OBJECTIVE,
        "cycle_id": await team.cycle(),
        "serves": ["pillar/growth", "mission", "value/care", "mission"],
        "cadence_days": 14,
    }
    objective = await team.post("/v1/objectives", body)
    assert objective["serves"] == ["pillar/growth", "mission", "value/care"]
    assert objective["cadence_days"] == 14
    assert [warning["code"] for warning in objective["warnings"]] == ["serves-unknown"] * 3
    read = await team.get(f"/v1/objectives/{objective['id']}")
    assert read == {**objective, "warnings": []}


@pytest.mark.parametrize(
    "fields",
    [
        {"serves": ["growth"]},
        {"serves": ["pillar/"]},
        {"serves": ["pillar/Growth"]},
        {"serves": ["mission/x"]},
        {"serves": ["mission"] * 21},
        {"cadence_days": 0},
        {"cadence_days": 367},
        {"cadence_days": "7"},
        {"contributes_to": {"type": "cycle", "id": str(uuid4())}},
        {"external_key": "row-1"},
    ],
)
async def test_a_draft_that_cannot_be(team: Team, fields):
    body = {**OBJECTIVE, "cycle_id": await team.cycle(), **fields}
    assert await team.refused("/v1/objectives", body) == "validation"


async def test_a_draft_contributes_to_what_is_there(team: Team):
    cycle_id = await team.cycle()
    above = await team.objective(cycle_id)
    part = await team.key_result(above)
    for parent in ({"type": "objective", "id": above}, {"type": "key_result", "id": part}):
        child = await team.post(
            "/v1/objectives", {**OBJECTIVE, "cycle_id": cycle_id, "contributes_to": parent}
        )
        assert child["contributes_to"] == parent
        (listed,) = (await team.get("/v1/objectives", parent=parent["id"]))["items"]
        assert listed["id"] == child["id"]
    for parent in (
        {"type": "objective", "id": str(uuid4())},
        {"type": "key_result", "id": above},
        {"type": "objective", "id": part},
    ):
        body = {**OBJECTIVE, "cycle_id": cycle_id, "contributes_to": parent}
        assert await team.refused("/v1/objectives", body) == "unknown-parent"
    stranger = Team(team.house, f"{team.tenant}-b")
    body = {**OBJECTIVE, "cycle_id": await stranger.cycle()}
    body["contributes_to"] = {"type": "objective", "id": above}
    assert await stranger.refused("/v1/objectives", body) == "unknown-parent"


async def test_an_assignment_is_declined_and_offered_again(team: Team):
    objective_id = await team.objective(await team.cycle(), active=False, origin="assigned")
    path = f"/v1/objectives/{objective_id}"
    declined = await team.post(f"{path}:decline", {"reason": "no hands left"})
    assert (declined["state"], declined["reason"]) == ("declined", "no hands left")
    assert await team.refused(f"{path}:accept") == "objective-not-proposed"
    await team.post(f"{path}:propose")
    assert (await team.post(f"{path}:accept"))["state"] == "active"


async def test_a_patch_changes_what_it_names_and_keeps_the_rest(team: Team):
    objective_id = await team.objective(await team.cycle(), serves=["mission"])
    response = await patch(
        team, objective_id, {"title": "Be loved", "team": None, "reason": "known is not enough"}
    )
    revised = response.json()
    assert response.status_code == 200
    assert response.headers["ETag"] == '"4"'
    assert (revised["title"], revised["team"]) == ("Be loved", None)
    assert (revised["owner"], revised["serves"]) == (OBJECTIVE["owner"], ["mission"])
    assert await team.get(f"/v1/objectives/{objective_id}") == revised
    cleared = (await patch(team, objective_id, {"serves": None, "why": None, "reason": "x"})).json()
    assert (cleared["serves"], cleared["why"]) == ([], "")


async def test_a_patch_of_its_own_media_type_is_understood(team: Team):
    objective_id = await team.objective(await team.cycle())
    response = await patch(
        team,
        objective_id,
        {"title": "Be loved", "reason": "better"},
        **{"Content-Type": "application/merge-patch+json"},
    )
    assert response.json()["title"] == "Be loved"


async def test_a_patch_that_changes_nothing_writes_nothing(team: Team):
    objective_id = await team.objective(await team.cycle())
    head = await team.house.store.head()
    response = await patch(team, objective_id, {"title": OBJECTIVE["title"], "reason": "none"})
    assert (response.status_code, response.json()["version"]) == (200, 3)
    assert await team.house.store.head() == head


@pytest.mark.parametrize(
    "body",
    [
        {"title": "Be loved"},
        {"title": "Be loved", "reason": " "},
        {"title": None, "reason": "x"},
        {"kind": None, "reason": "x"},
        {"level": "galaxy", "reason": "x"},
        {"cycle_id": str(uuid4()), "reason": "x"},
        {"serves": ["growth"], "reason": "x"},
    ],
)
async def test_a_patch_that_cannot_be(team: Team, body):
    response = await patch(team, await team.objective(await team.cycle()), body)
    assert response.status_code == 422
    assert response.json()["type"].endswith("/validation")


async def test_a_patch_rests_on_the_version_it_names(team: Team):
    objective_id = await team.objective(await team.cycle())
    body = {"title": "Be loved", "reason": "better"}
    stale = await patch(team, objective_id, body, **{"If-Match": '"2"'})
    assert stale.status_code == 412
    assert (await patch(team, objective_id, body, **{"If-Match": '"3"'})).status_code == 200


async def test_parallel_patches_of_different_fields_all_stand(team: Team):
    objective_id = await team.objective(await team.cycle())
    changes = {"title": "Be loved", "why": "they said so", "team": "sales", "owner": "sales-lead"}
    sent = await asyncio.gather(
        *(patch(team, objective_id, {name: to, "reason": "x"}) for name, to in changes.items())
    )
    assert {response.status_code for response in sent} == {200}
    read = await team.get(f"/v1/objectives/{objective_id}")
    assert {name: read[name] for name in changes} == changes


async def test_a_plan_that_is_revised_in_planning_was_so_from_the_start(team: Team):
    cycle_id = await team.cycle(active=False, starts_on="2035-01-01", ends_on="2035-03-31")
    objective_id = await team.objective(cycle_id, active=False)
    await patch(team, objective_id, {"title": "Be loved", "reason": "better"})
    start = {"valid_at": "2035-01-01T00:00:00Z"}
    assert (await team.get(f"/v1/objectives/{objective_id}", **start))["title"] == "Be loved"


async def test_what_is_revised_under_way_was_otherwise_before(team: Team):
    today = datetime.now(UTC)
    cycle_id = await team.cycle(
        starts_on=f"{today.year - 1}-01-01", ends_on=f"{today.year + 1}-12-31", kind="custom"
    )
    objective_id = await team.objective(cycle_id)
    before = {"valid_at": datetime.now(UTC).isoformat()}
    await patch(team, objective_id, {"title": "Be loved", "reason": "better"})
    path = f"/v1/objectives/{objective_id}"
    assert (await team.get(path, **before))["title"] == OBJECTIVE["title"]
    assert (await team.get(path))["title"] == "Be loved"


async def test_a_closed_cycle_takes_a_patch_as_a_late_correction_only(team: Team):
    cycle_id = await team.cycle()
    objective_id = await team.objective(cycle_id)
    body = {"title": "Be loved", "reason": "a slip of the pen"}
    late = {**body, "late_correction": True}
    early = await patch(team, objective_id, late)
    assert early.json()["type"].endswith("/cycle-not-closed")
    await team.post(f"/v1/objectives/{objective_id}:close", {"outcome": "missed"})
    refused = await patch(team, objective_id, body)
    assert refused.json()["type"].endswith("/objective-closed")
    await team.post(f"/v1/cycles/{cycle_id}:close")
    refused = await patch(team, objective_id, body)
    assert refused.json()["type"].endswith("/cycle-closed")
    corrected = (await patch(team, objective_id, late)).json()
    assert (corrected["title"], corrected["state"]) == ("Be loved", "closed")


async def test_wording_is_hinted_at_wherever_it_is_read(team: Team):
    cycle_id = await team.cycle()
    fields = {"title": "Win 50 customers", "why": "", "cycle_id": cycle_id}
    drafted = await team.post("/v1/objectives", {**OBJECTIVE, **fields})
    hints = ["objective-with-number", "objective-without-why"]
    assert [warning["code"] for warning in drafted["warnings"]] == hints
    read = await team.get(f"/v1/objectives/{drafted['id']}")
    assert read["warnings"] == drafted["warnings"]
    body = {"title": "Be chosen", "serves": ["mission"], "reason": "in words"}
    assert (await patch(team, drafted["id"], body)).json()["warnings"] == []
    task = {"title": "Implement CRM", "metric": "increase", "baseline": 0, "target": 1}
    added = await team.post(f"/v1/objectives/{drafted['id']}/key-results", task)
    assert [warning["code"] for warning in added["warnings"]] == ["key-result-is-task"]


async def test_a_check_in_on_an_objective_is_shown_and_listed(team: Team):
    objective_id = await team.objective(await team.cycle())
    await team.check_in(
        await team.key_result(objective_id), value="34", observed_at="2020-01-30T00:00:00Z"
    )
    path = f"/v1/objectives/{objective_id}"
    first = {"narrative": "a slow start", "confidence": 4, "observed_at": "2020-01-30T10:00:00Z"}
    told = await team.post(f"{path}/check-ins", first)
    assert told["objective"] == await team.get(path)
    assert (told["objective"]["narrative"], told["objective"]["confidence"]) == ("a slow start", 4)
    between = {"known_at": datetime.now(UTC).isoformat()}
    judged = {"status": "at_risk", "status_reason": "the big one left"}
    await team.post(f"{path}/check-ins", {**judged, "observed_at": "2020-01-31T00:00:00Z"})
    objective = await team.get(path)
    assert (objective["status"], objective["status_rule"]) == ("at_risk", "override")
    page = await team.get(f"{path}/check-ins", limit=1)
    (item,) = page["items"]
    assert (item["narrative"], item["actor"]) == ("a slow start", "user-1")
    rest = await team.get(f"{path}/check-ins", cursor=page["next_cursor"])
    assert [item["status"] for item in rest["items"]] == ["at_risk"]
    for moment in (between, {"valid_at": "2020-01-30T12:00:00Z"}):
        (item,) = (await team.get(f"{path}/check-ins", **moment))["items"]
        assert item["narrative"] == "a slow start"
        assert (await team.get(path, **moment))["confidence"] == 4


@pytest.mark.parametrize(
    ("body", "slug"),
    [
        ({}, "check-in-says-nothing"),
        ({"narrative": "  "}, "check-in-says-nothing"),
        ({"confidence": 11}, "confidence-out-of-range"),
        ({"status": "at_risk"}, "override-without-reason"),
        ({"status": "closed", "status_reason": "x"}, "validation"),
        ({"narrative": "x", "observed_at": "2019-10-31T00:00:00Z"}, "outside-cycle"),
        ({"value": 3}, "validation"),
    ],
)
async def test_a_check_in_on_an_objective_that_cannot_be(team: Team, body, slug):
    objective_id = await team.objective(await team.cycle())
    assert await team.refused(f"/v1/objectives/{objective_id}/check-ins", body) == slug


async def test_check_ins_of_an_objective_that_is_not_there(team: Team):
    path = f"/v1/objectives/{uuid4()}/check-ins"
    assert await team.refused(path, {"narrative": "x"}, status=404) == "unknown-objective"
    assert (await team.send("GET", path)).status_code == 404


async def test_objectives_are_chosen_by_kind_status_and_what_they_serve(team: Team):
    cycle_id = await team.cycle(**QUARTER)
    wanted = await team.objective(cycle_id, kind="committed", serves=["pillar/growth"])
    await team.check_in(await team.key_result(wanted), value="35")
    await team.objective(cycle_id, active=False)
    for chosen in ({"kind": "committed"}, {"status": "on_track"}, {"serves": "pillar/growth"}):
        (listed,) = (await team.get("/v1/objectives", cycle_id=cycle_id, **chosen))["items"]
        assert listed["id"] == wanted
    assert len((await team.get("/v1/objectives", status="not_measured"))["items"]) == 1
