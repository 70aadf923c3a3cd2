"""The tree, what is mine, and why a value is shown."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import uuid4

from okr_service.domain.tree import DEEPEST

from tests.okr.house import Team


def of(kind: str, key: str) -> dict[str, str]:
    return {"type": kind, "id": key}


async def test_a_tree_shows_objectives_under_what_they_contribute_to(team: Team):
    cycle_id = await team.cycle()
    top = await team.objective(cycle_id, title="top")
    part = await team.key_result(top)
    await team.check_in(part, value="35")
    middle = await team.objective(cycle_id, contributes_to=of("key_result", part))
    between = {"known_at": datetime.now(UTC).isoformat()}
    low = await team.objective(cycle_id, contributes_to=of("objective", middle))
    tree = await team.get(f"/v1/cycles/{cycle_id}/tree")
    assert (tree["objectives"], tree["key_results"]) == (3, 1)
    (root,) = tree["roots"]
    shown = await team.get(f"/v1/objectives/{top}")
    for field in ("id", "title", "state", "progress", "status", "status_rule", "grade"):
        assert root[field] == shown[field]
    (branch,) = root["key_results"]
    assert (branch["id"], branch["progress"]) == (part, "1.000000")
    (child,) = branch["objectives"]
    assert child["id"] == middle
    assert [grandchild["id"] for grandchild in child["objectives"]] == [low]
    assert (root["objectives_below"], child["objectives_below"]) == (2, 1)
    believed = await team.get(f"/v1/cycles/{cycle_id}/tree", **between)
    assert believed["objectives"] == 2


async def test_a_parent_of_another_cycle_is_named_on_a_root(team: Team):
    year_id = await team.cycle(name="FY20", kind="year", ends_on="2020-10-31")
    parent = of("objective", await team.objective(year_id))
    cycle_id = await team.cycle()
    await team.objective(cycle_id, contributes_to=parent)
    (root,) = (await team.get(f"/v1/cycles/{cycle_id}/tree"))["roots"]
    assert root["parent"] == parent


async def test_a_tree_of_any_depth_is_answered(team: Team):
    cycle_id = await team.cycle()
    parent = None
    for _ in range(DEEPEST + 5):
        objective_id = await team.objective(cycle_id, active=False, contributes_to=parent)
        parent = of("key_result", await team.key_result(objective_id))
    tree = await team.get(f"/v1/cycles/{cycle_id}/tree")
    assert (tree["objectives"], len(tree["roots"])) == (DEEPEST + 5, 2)


async def test_a_tree_of_what_is_not_there(team: Team):
    for view in ("tree", "retrospective"):
        assert (await team.send("GET", f"/v1/cycles/{uuid4()}/{view}")).status_code == 404


async def test_mine_is_what_i_look_after_in_cycles_that_go_on(team: Team):
    today = datetime.now(UTC)
    cycle_id = await team.cycle(
        starts_on=f"{today.year - 1}-01-01", ends_on=f"{today.year + 1}-12-31", kind="custom"
    )
    mine = await team.objective(cycle_id, owner="user-1")
    late = await team.key_result(mine)
    fresh = await team.key_result(mine, title="fresh")
    await team.check_in(fresh, value="30")
    others = await team.objective(cycle_id, owner="somebody")
    own_part = await team.key_result(others, owner="user-1")
    over = await team.cycle(name="over")
    await team.objective(over, owner="user-1")
    await team.post(f"/v1/cycles/{over}:close")

    found = await team.get("/v1/mine")
    assert found["owner"] == "user-1"
    assert [objective["id"] for objective in found["objectives"]] == [mine]
    due = {part["id"]: part["check_in_due"] for part in found["key_results"]}
    assert due == {late: True, fresh: False, own_part: True}
    theirs = await team.get("/v1/mine", owner="somebody")
    assert [objective["id"] for objective in theirs["objectives"]] == [others]
    assert (await team.get("/v1/mine", owner="nobody"))["key_results"] == []
    past = await team.get("/v1/mine", known_at="2019-01-01T00:00:00Z")
    assert (past["objectives"], past["key_results"]) == ([], [])


async def explained(team: Team, objective_id: str, **moment) -> dict[str, dict]:
    found = await team.get(f"/v1/objectives/{objective_id}/explain", **moment)
    return {value["name"]: value for value in found["values"]}


async def test_every_shown_value_is_explained_by_rule_numbers_and_events(team: Team):
    objective_id = await team.objective(await team.cycle())
    first = await team.key_result(objective_id)
    second = await team.key_result(objective_id, weight="3", title="second")
    unmeasured = await team.key_result(objective_id, title="unmeasured")
    january = "2020-01-31T00:00:00Z"
    await team.check_in(first, value="35", observed_at=january)
    between = {"known_at": datetime.now(UTC).isoformat()}
    await team.check_in(second, value="28.5", observed_at=january)
    shown = await team.get(f"/v1/objectives/{objective_id}")
    values = await explained(team, objective_id)
    for name in ("progress", "expected_progress", "status", "grade"):
        assert values[name]["value"] == shown[name]
    progress = values["progress"]
    assert progress["rule"] == "weighted_mean_of_key_results"
    assert progress["formula"] == "(1 * 1.000000 + 3 * 0.500000) / (1 + 3) = 0.625000"
    assert [(one["id"], one["weight"], one["value"]) for one in progress["parts"]] == [
        (first, "1", "1.000000"),
        (second, "3", "0.500000"),
        (unmeasured, "1", None),
    ]
    assert [(event["type"], event["stream"]) for event in progress["events"]] == [
        ("KeyResultAdded", f"key_result-{first}"),
        ("KeyResultAdded", f"key_result-{second}"),
        ("KeyResultUpdated", f"key_result-{first}"),
        ("KeyResultUpdated", f"key_result-{second}"),
    ]
    assert {(event["source"], event["actor"]) for event in progress["events"]} == {
        ("okr", "user-1")
    }
    assert progress["events"][2]["occurred_at"].startswith("2020-01-31")
    status = values["status"]
    assert (status["value"], status["rule"]) == ("at_risk", "computed")
    assert status["formula"] == "1.000000 - 0.625000 = 0.375000 > 0.25"
    assert status["events"][0]["type"] == "CycleOpened"
    assert (values["grade"]["value"], values["grade"]["rule"]) == (None, "not_graded")
    assert values["grade"]["formula"].endswith("= 0.625000")

    believed = (await explained(team, objective_id, **between))["progress"]
    assert believed["formula"] == "(1 * 1.000000) / (1) = 1.000000"
    november = await explained(team, objective_id, valid_at="2019-11-02T00:00:00Z")
    assert november["progress"]["rule"] == "not_measured"
    assert november["expected_progress"]["rule"] == "linear"
    assert november["status"]["events"] == []


async def test_an_end_is_explained_by_its_grades(team: Team):
    objective_id = await team.objective(await team.cycle())
    await team.check_in(await team.key_result(objective_id), value="28.5")
    path = f"/v1/objectives/{objective_id}"
    by_hand = {"grade": "0.9", "reason": "a hard quarter"}
    await team.post(f"{path}:close", by_hand)
    values = await explained(team, objective_id)
    assert (values["grade"]["rule"], values["grade"]["formula"]) == ("given", "a hard quarter")
    types = [event["type"] for event in values["grade"]["events"]]
    assert types == ["ObjectiveGraded", "KeyResultGraded"]
    assert values["outcome"]["rule"] == "derived"
    assert values["outcome"]["formula"] == "0.9 >= 0.7, from which aspirational is achieved"
    assert values["status"]["formula"] == "the objective is closed"


async def test_other_rules_are_explained_too(team: Team):
    cycle_id = await team.cycle()
    objective_id = await team.objective(cycle_id)
    path = f"/v1/objectives/{objective_id}"
    part = await team.key_result(objective_id)
    await team.check_in(part, value="30", observed_at="2019-12-01T00:00:00Z")
    outdated = (await explained(team, objective_id))["status"]
    assert outdated["rule"] == "outdated"
    assert outdated["formula"] == "2020-01-31T23:59:59Z - 2019-12-01T00:00:00Z > 10 days"
    judged = {"status": "behind", "status_reason": "a feeling"}
    await team.post(f"{path}/check-ins", {**judged, "observed_at": "2020-01-31T00:00:00Z"})
    overridden = (await explained(team, objective_id))["status"]
    assert overridden["rule"] == "override"
    assert [event["type"] for event in overridden["events"]] == ["ObjectiveCheckInRecorded"]
    await team.post(f"/v1/cycles/{cycle_id}:close")
    closed = (await explained(team, objective_id))["status"]
    assert closed["formula"] == "the cycle is closed"
    assert [event["type"] for event in closed["events"]] == ["CycleClosed"]


async def test_learning_is_explained_by_what_was_learned(team: Team):
    objective_id = await team.objective(await team.cycle(), kind="learning")
    await team.post(f"/v1/objectives/{objective_id}:close", {"learned": "they rent"})
    values = await explained(team, objective_id)
    assert (values["grade"]["rule"], values["grade"]["formula"]) == ("learned", "they rent")
    assert values["outcome"]["rule"] == "derived"


async def test_nothing_is_explained_that_is_not_there(team: Team):
    path = f"/v1/objectives/{uuid4()}/explain"
    assert (await team.send("GET", path)).status_code == 404
