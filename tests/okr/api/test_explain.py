"""Each shown value names its rule, its formula and the events that gave it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from tests.okr.house import Team


async def explained(team: Team, key_result_id: str, **query: str) -> dict[str, dict[str, Any]]:
    body = await team.get(f"/v1/key-results/{key_result_id}/explain", **query)
    return {value["name"]: value for value in body["values"]}


def types(value: dict[str, Any]) -> list[str]:
    return [event["type"] for event in value["events"]]


async def test_every_shown_value_is_explained(team: Team):
    key_result_id = await team.key_result(await team.objective(await team.cycle()))
    told = {"value": "27", "confidence": 7, "observed_at": "2019-12-17T00:00:00Z"}
    await team.check_in(key_result_id, **told)
    at = {"valid_at": "2019-12-17T00:00:00Z"}
    values, shown = (
        await explained(team, key_result_id, **at),
        await team.get(f"/v1/key-results/{key_result_id}", **at),
    )
    for name in ("value", "progress", "expected_progress", "status"):
        assert values[name]["value"] == shown[name]
    assert values["confidence"]["value"] == "7"
    assert (values["value"]["rule"], types(values["value"])) == (
        "check_in",
        ["CheckInRecorded", "KeyResultUpdated"],
    )
    assert values["progress"]["rule"] == "increase"
    assert values["progress"]["formula"] == "(27 - 22) / (35 - 22) = 0.384615"
    assert values["progress"]["inputs"] == {"value": "27", "baseline": "22", "target": "35"}
    assert types(values["progress"]) == ["KeyResultAdded", "CheckInRecorded", "KeyResultUpdated"]
    assert values["expected_progress"]["rule"] == "linear"
    assert values["expected_progress"]["formula"] == "3974400 s / 7948800 s = 0.5"
    assert types(values["expected_progress"]) == ["CycleOpened", "KeyResultAdded"]
    assert (values["status"]["rule"], values["status"]["formula"]) == (
        "computed",
        "0.5 - 0.384615 = 0.115385",
    )
    assert values["status"]["inputs"]["on_track_gap"] == "0.10"
    assert (values["grade"]["value"], values["grade"]["rule"]) == (None, "not_graded")
    event = values["value"]["events"][0]
    assert (event["source"], event["actor"]) == ("okr", "user-1")
    assert event["reference"] == f"okr/{event['seq']}"


async def test_what_is_shown_clamped_says_so(team: Team):
    key_result_id = await team.key_result(
        await team.objective(await team.cycle()), metric="decrease", baseline=35, target=22
    )
    await team.check_in(key_result_id, value="-4")
    progress = (await explained(team, key_result_id))["progress"]
    assert progress["formula"] == "(35 - (-4)) / (35 - 22) = 3, shown as 1"


async def test_milestones_and_bounds_are_explained_by_what_they_count(team: Team):
    objective_id = await team.objective(await team.cycle())
    steps = [{"name": "advertised", "weight": 1}, {"name": "hired", "weight": "3.5"}]
    free = {"baseline": None, "target": None}
    hired = await team.key_result(objective_id, metric="milestone", milestones=steps, **free)
    await team.check_in(hired, done=["hired"])
    progress = (await explained(team, hired))["progress"]
    assert progress["formula"] == "(3.5) / (1 + 3.5) = 0.777778"

    calm = await team.key_result(objective_id, metric="stay_below", upper="20", **free)
    for day, value in ((10, 15), (13, 30), (14, 12)):
        await team.check_in(calm, value=value, observed_at=f"2019-11-{day}T00:00:00Z")
    progress = (await explained(team, calm))["progress"]
    assert progress["formula"] == "259200 s / 345600 s = 0.75"


async def test_the_rule_that_gave_the_status_is_told_with_its_facts(team: Team):
    cycle_id = await team.cycle()
    key_result_id = await team.key_result(await team.objective(cycle_id))
    assert (await explained(team, key_result_id))["status"]["rule"] == "not_measured"
    assert (await explained(team, key_result_id))["progress"]["value"] is None
    await team.check_in(key_result_id, value="27", observed_at="2019-11-15T00:00:00Z")
    outdated = (await explained(team, key_result_id, valid_at="2019-12-01T00:00:00Z"))["status"]
    assert outdated["formula"] == ("2019-11-15T00:00:00Z + 10 days < 2019-12-01T00:00:00Z")
    await team.check_in(key_result_id, status="on_track", status_reason="a big order")
    override = (await explained(team, key_result_id))["status"]
    assert (override["rule"], override["inputs"]) == ("override", {"reason": "a big order"})
    await team.post(f"/v1/key-results/{key_result_id}:grade", {"grade": 1, "reason": "it came"})
    grade = (await explained(team, key_result_id))["grade"]
    assert (grade["value"], grade["rule"], grade["inputs"]) == (
        "1",
        "given",
        {"suggested": "0.384615", "reason": "it came"},
    )
    assert types(grade) == ["KeyResultGraded"]
    await team.post(f"/v1/cycles/{cycle_id}:close")
    closed = (await explained(team, key_result_id))["status"]
    assert (closed["rule"], types(closed)) == ("closed", ["CycleClosed"])


async def test_what_was_believed_is_explained_by_what_was_known(team: Team):
    key_result_id = await team.key_result(await team.objective(await team.cycle()))
    await team.check_in(key_result_id, value="27", observed_at="2019-11-15T00:00:00Z")
    between = datetime.now(UTC).isoformat()
    await team.check_in(key_result_id, value="30", observed_at="2019-11-15T00:00:00Z")
    believed = await explained(team, key_result_id, known_at=between)
    assert believed["progress"]["formula"] == "(27 - 22) / (35 - 22) = 0.384615"
    known = await explained(team, key_result_id)
    assert known["progress"]["formula"] == "(30 - 22) / (35 - 22) = 0.615385"
