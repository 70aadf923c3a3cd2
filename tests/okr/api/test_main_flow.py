"""The main flow, field by field, as clients lean on it."""

from __future__ import annotations

from uuid import UUID

from tests.okr.house import LEADS, OBJECTIVE, QUARTER, Team, instant


async def test_a_cycle_is_opened_and_activated(team: Team):
    response = await team.send("POST", "/v1/cycles", QUARTER)
    cycle = response.json()
    assert response.status_code == 201
    assert response.headers["Location"] == f"/v1/cycles/{cycle['id']}"
    assert response.headers["ETag"] == '"1"'
    assert UUID(cycle["id"]).version == 7
    assert QUARTER.items() <= cycle.items()
    assert (cycle["state"], cycle["reopened"], cycle["version"]) == ("planning", False, 1)
    activated = await team.post(f"/v1/cycles/{cycle['id']}:activate")
    assert (activated["state"], activated["version"]) == ("active", 2)
    assert await team.get(f"/v1/cycles/{cycle['id']}") == activated


async def test_a_cycle_goes_through_review_to_its_end_and_back(team: Team):
    path = f"/v1/cycles/{await team.cycle()}"
    assert (await team.post(f"{path}:review"))["state"] == "review"
    assert (await team.post(f"{path}:close"))["state"] == "closed"
    reopened = await team.post(f"{path}:reopen", {"reason": "a number was wrong"})
    assert (reopened["state"], reopened["reopened"]) == ("review", True)


async def test_an_objective_is_drafted_proposed_and_accepted(team: Team):
    cycle_id = await team.cycle()
    response = await team.send("POST", "/v1/objectives", {**OBJECTIVE, "cycle_id": cycle_id})
    objective = response.json()
    assert response.status_code == 201
    assert response.headers["Location"] == f"/v1/objectives/{objective['id']}"
    assert {name: objective[name] for name in OBJECTIVE} == OBJECTIVE
    assert (objective["state"], objective["grade"], objective["version"]) == ("draft", None, 1)
    path = f"/v1/objectives/{objective['id']}"
    assert (await team.post(f"{path}:propose"))["state"] == "proposed"
    assert (await team.post(f"{path}:accept"))["state"] == "active"
    read = await team.get(path)
    assert (read["state"], read["version"], read["status"]) == ("active", 3, "not_measured")
    assert (read["progress"], read["key_results"]) == (None, [])


async def test_a_proposal_is_declined_with_a_reason(team: Team):
    objective_id = await team.objective(await team.cycle(), active=False)
    await team.post(f"/v1/objectives/{objective_id}:propose")
    declined = await team.post(f"/v1/objectives/{objective_id}:decline", {"reason": "not now"})
    assert (declined["state"], declined["reason"]) == ("declined", "not now")


async def test_a_check_in_moves_key_result_and_objective(team: Team):
    objective_id = await team.objective(await team.cycle())
    response = await team.send(
        "POST", f"/v1/objectives/{objective_id}/key-results", {**LEADS, "kpi_id": None}
    )
    added = response.json()
    assert response.status_code == 201
    assert (added["weight"], added["baseline"], added["target"]) == ("1", "22", "35")
    assert (added["status"], added["progress"]) == ("not_measured", None)

    path = f"/v1/key-results/{added['id']}"
    response = await team.send(
        "POST", f"{path}/check-ins", {"value": "27", "confidence": 7, "narrative": "a good month"}
    )
    check_in = response.json()
    assert response.status_code == 201
    assert (check_in["value"], check_in["confidence"], check_in["version"]) == ("27", 7, 3)

    key_result = await team.get(path)
    assert key_result == check_in["key_result"]
    assert key_result["value"] == "27"
    assert key_result["progress"] == key_result["progress_raw"] == "0.384615"
    assert key_result["expected_progress"] == "1.000000"
    assert (key_result["status"], key_result["status_rule"]) == ("at_risk", "computed")
    assert (key_result["confidence"], key_result["version"]) == (7, 3)

    objective = await team.get(f"/v1/objectives/{objective_id}")
    assert (objective["progress"], objective["status"]) == ("0.384615", "at_risk")
    assert objective["key_results"] == [key_result]


async def test_an_objective_weighs_its_measured_key_results(team: Team):
    objective_id = await team.objective(await team.cycle())
    heavy = await team.key_result(objective_id, weight="3")
    light = await team.key_result(objective_id, weight="1")
    await team.key_result(objective_id, weight="50")
    await team.check_in(heavy, value="35")
    await team.check_in(light, value="22")
    assert (await team.get(f"/v1/objectives/{objective_id}"))["progress"] == "0.750000"


async def test_milestones_are_checked_off(team: Team):
    key_result_id = await team.key_result(
        await team.objective(await team.cycle()),
        metric="milestone",
        baseline=None,
        target=None,
        milestones=[{"name": "advertised", "weight": 1}, {"name": "hired", "weight": "3"}],
    )
    check_in = await team.check_in(key_result_id, done=["hired"])
    assert check_in["done"] == ["hired"]
    assert check_in["key_result"]["progress"] == "0.750000"


async def test_check_ins_are_listed_with_who_and_when(team: Team):
    key_result_id = await team.key_result(await team.objective(await team.cycle()))
    await team.check_in(key_result_id, value="23", observed_at="2019-11-15T12:00:00+01:00")
    await team.check_in(key_result_id, value="27")
    path = f"/v1/key-results/{key_result_id}/check-ins"
    page = await team.get(path, limit=1)
    (first,) = page["items"]
    assert (first["value"], first["actor"]) == ("23", "user-1")
    assert instant(first["observed_at"][:-1]) == instant("2019-11-15T11:00:00")
    rest = await team.get(path, cursor=page["next_cursor"])
    assert [item["value"] for item in rest["items"]] == ["27"]
    assert rest["next_cursor"] is None


async def test_the_board_shows_what_the_single_things_show(team: Team):
    cycle_id = await team.cycle()
    objective_id = await team.objective(cycle_id)
    for value in ("27", "33"):
        await team.check_in(await team.key_result(objective_id), value=value)
    await team.objective(cycle_id, active=False, title="A draft")
    board = await team.get(f"/v1/cycles/{cycle_id}/board")
    assert board["cycle"] == await team.get(f"/v1/cycles/{cycle_id}")
    for shown in board["objectives"]:
        assert shown == await team.get(f"/v1/objectives/{shown['id']}")
    assert [objective["state"] for objective in board["objectives"]] == ["active", "draft"]


async def test_a_closed_objective_says_how_it_ended(team: Team):
    objective_id = await team.objective(await team.cycle())
    await team.check_in(await team.key_result(objective_id), value="36")
    closed = await team.post(f"/v1/objectives/{objective_id}:close", {"outcome": "achieved"})
    assert (closed["state"], closed["outcome"]) == ("closed", "achieved")
    assert (closed["grade"], closed["band"]) == ("1.000000", "green")
    assert (closed["status"], closed["status_rule"]) == ("closed", "closed")
    assert closed["key_results"][0]["status"] == "closed"
