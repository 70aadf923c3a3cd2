"""Check-ins: words, corrections, acknowledgement, and what they were measured against."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import UTC, datetime
from uuid import uuid4

from tests.okr.house import Team


def reviewer(team: Team) -> Team:
    return Team(team.house, team.tenant, subject="reviewer")


async def test_words_count_as_heard_of_and_keep_the_value(team: Team):
    key_result_id = await team.key_result(await team.objective(await team.cycle()))
    await team.check_in(key_result_id, value="27", observed_at="2019-11-15T00:00:00Z")
    told = {"narrative": "it is quiet", "confidence": 3, "observed_at": "2019-12-15T00:00:00Z"}
    said = await team.check_in(key_result_id, **told)
    shown = said["key_result"]
    assert (said["value"], shown["value"], shown["progress"]) == (None, "27", "0.384615")
    assert (shown["narrative"], shown["confidence"]) == ("it is quiet", 3)
    assert shown["observed_at"].startswith("2019-11-15")
    assert shown["heard_at"].startswith("2019-12-15")
    path = f"/v1/key-results/{key_result_id}"
    assert (await team.get(path, valid_at="2019-12-20T00:00:00Z"))["status_rule"] == "computed"
    assert (await team.get(path, valid_at="2019-12-14T00:00:00Z"))["status_rule"] == "outdated"


async def test_a_judgement_holds_until_the_next_check_in(team: Team):
    key_result_id = await team.key_result(await team.objective(await team.cycle()))
    await team.check_in(key_result_id, value="27")
    judged = await team.check_in(key_result_id, status="on_track", status_reason="a big order")
    assert (judged["key_result"]["status"], judged["key_result"]["status_rule"]) == (
        "on_track",
        "override",
    )
    said = await team.check_in(key_result_id, narrative="the order was lost")
    assert said["key_result"]["status_rule"] == "computed"


async def test_a_correction_stands_in_for_an_earlier_check_in(team: Team):
    key_result_id = await team.key_result(await team.objective(await team.cycle()))
    first = await team.check_in(key_result_id, value="27", observed_at="2019-11-15T00:00:00Z")
    await team.check_in(key_result_id, value="30", observed_at="2019-12-15T00:00:00Z")
    body = {"value": "23", "corrects": first["id"], "correction_reason": "counted twice"}
    second = await team.check_in(key_result_id, **body)
    assert second["observed_at"] == first["observed_at"]
    assert second["key_result"]["value"] == "30"
    path = f"/v1/key-results/{key_result_id}"
    assert (await team.get(path, valid_at="2019-11-20T00:00:00Z"))["value"] == "23"
    items = (await team.get(f"{path}/check-ins"))["items"]
    assert [item["corrected_by"] for item in items] == [second["id"], None, None]
    assert [item["corrects"] for item in items] == [None, None, first["id"]]


async def test_corrections_that_cannot_be(team: Team):
    key_result_id = await team.key_result(await team.objective(await team.cycle()))
    first = await team.check_in(key_result_id, value="27", observed_at="2019-11-15T00:00:00Z")
    path = f"/v1/key-results/{key_result_id}/check-ins"
    reason = {"correction_reason": "counted twice"}
    for body, slug in (
        ({"corrects": str(uuid4()), **reason}, "unknown-check-in"),
        ({"corrects": first["id"]}, "correction-without-reason"),
        (
            {"corrects": first["id"], "observed_at": "2019-11-16T00:00:00Z", **reason},
            "correction-at-another-time",
        ),
        ({"late_correction": True, **reason}, "cycle-not-closed"),
    ):
        assert await team.refused(path, {"value": 23, **body}) == slug


async def test_a_check_in_knows_what_it_was_measured_against(team: Team):
    key_result_id = await team.key_result(
        await team.objective(await team.cycle()), commit="30", stretch="40"
    )
    await team.check_in(key_result_id, value="27", observed_at="2019-11-15T00:00:00Z")
    body = {"target": "48", "stretch": "60", "reason": "rebased"}
    await team.send("PATCH", f"/v1/key-results/{key_result_id}", body)
    await team.check_in(key_result_id, value="29")
    items = (await team.get(f"/v1/key-results/{key_result_id}/check-ins"))["items"]
    assert [item["targets"]["target"] for item in items] == ["35", "48"]
    assert items[0]["targets"] == {
        "baseline": "22",
        "target": "35",
        "lower": None,
        "upper": None,
        "commit": "30",
        "stretch": "40",
    }


async def test_a_reviewer_acknowledges_once(team: Team):
    key_result_id = await team.key_result(await team.objective(await team.cycle()))
    check_in = await team.check_in(key_result_id, value="27")
    path = f"/v1/key-results/{key_result_id}/check-ins"
    before = {"known_at": datetime.now(UTC).isoformat()}
    assert await team.refused(f"{path}/{check_in['id']}:acknowledge") == "own-check-in"
    other = reviewer(team)
    for note in ("well done", "again"):
        done = await other.post(f"{path}/{check_in['id']}:acknowledge", {"note": note})
        assert (done["check_in_id"], done["key_result"]["version"]) == (check_in["id"], 4)
    (item,) = (await other.get(path))["items"]
    assert (item["acknowledged"]["actor"], item["acknowledged"]["note"]) == (
        "reviewer",
        "well done",
    )
    (item,) = (await other.get(path, **before))["items"]
    assert item["acknowledged"] is None
    unknown = f"{path}/{uuid4()}:acknowledge"
    assert await other.refused(unknown, status=404) == "unknown-check-in"


async def test_check_ins_are_listed_as_they_were_true_and_known(team: Team):
    key_result_id = await team.key_result(await team.objective(await team.cycle()))
    await team.check_in(key_result_id, value="30", observed_at="2019-12-15T00:00:00Z")
    between = datetime.now(UTC).isoformat()
    await team.check_in(key_result_id, value="27", observed_at="2019-11-15T00:00:00Z")
    path = f"/v1/key-results/{key_result_id}/check-ins"
    known = await team.get(path, known_at=between)
    assert [item["value"] for item in known["items"]] == ["30"]
    valid = await team.get(path, valid_at="2019-12-01T00:00:00Z")
    assert [item["value"] for item in valid["items"]] == ["27"]


async def test_no_check_in_comes_after_the_close_it_raced_with(team: Team):
    cycle_id = await team.cycle()
    objective_id = await team.objective(cycle_id)
    key_results = [await team.key_result(objective_id) for _ in range(4)]

    async def report(key_result_id: str, value: int) -> int:
        path = f"/v1/key-results/{key_result_id}/check-ins"
        return (await team.send("POST", path, {"value": value})).status_code

    async def close() -> int:
        await asyncio.sleep(0.02)
        return (await team.send("POST", f"/v1/cycles/{cycle_id}:close", {})).status_code

    reports = (report(key, value) for value in range(22, 30) for key in key_results)
    closed, *answers = await asyncio.gather(close(), *reports)
    assert closed == 200
    assert set(answers) <= {201, 409, 422}

    log = [
        record
        for record in await team.house.store.read_log(0, 1_000_000)
        if record.tenant == team.tenant
    ]
    types = [record.type for record in log]
    after = types[types.index("CycleClosed") :]
    assert "CheckInRecorded" not in after
    assert "KeyResultUpdated" not in after
    assert Counter(types)["CheckInRecorded"] == answers.count(201)
