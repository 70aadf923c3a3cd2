"""A key result's whole life over HTTP."""

from __future__ import annotations

from uuid import uuid4

import pytest

from tests.okr.house import LEADS, OBJECTIVE, Team

WHOLE = {
    **LEADS,
    "commit": "30",
    "stretch": "40",
    "curve": [{"on": "2019-11-30", "value": "24"}, {"on": "2019-12-31", "value": "30"}],
    "due_on": "2020-01-15",
    "kpi_template": "lead-conversion",
    "guardrails": [str(uuid4()), str(uuid4())],
    "owner": "sales-lead",
}


async def patch(team: Team, key_result_id: str, body, **headers: str):
    return await team.send("PATCH", f"/v1/key-results/{key_result_id}", body, **headers)


async def test_a_whole_definition_comes_back_as_it_was_given(team: Team):
    objective_id = await team.objective(await team.cycle())
    added = await team.post(f"/v1/objectives/{objective_id}/key-results", WHOLE)
    shown = await team.get(f"/v1/key-results/{added['id']}")
    assert {name: shown[name] for name in WHOLE} == {**WHOLE, "weight": "1"}
    assert (shown["commit_reached"], shown["days_left"], shown["guarded"]) == (None, 0, False)
    await team.check_in(added["id"], value="31")
    shown = await team.get(f"/v1/key-results/{added['id']}")
    assert (shown["commit_reached"], shown["stretch_reached"]) == (True, False)
    assert (shown["progress_rule"], shown["narrative"]) == ("increase", None)


async def test_what_is_expected_follows_the_curve(team: Team):
    objective_id = await team.objective(await team.cycle())
    key_result_id = await team.key_result(objective_id, curve=WHOLE["curve"])
    at = {"valid_at": "2020-01-01T00:00:00Z"}
    shown = await team.get(f"/v1/key-results/{key_result_id}", **at)
    assert shown["expected_progress"] == "0.615385"
    assert shown["days_left"] == 31


async def test_only_the_fields_given_are_changed(team: Team):
    objective_id = await team.objective(await team.cycle())
    added = await team.post(f"/v1/objectives/{objective_id}/key-results", WHOLE)
    response = await patch(team, added["id"], {"title": "Good leads", "owner": None, "reason": "x"})
    revised = response.json()
    assert (response.status_code, response.headers["ETag"]) == (200, '"2"')
    expected = {**added, "title": "Good leads", "owner": None, "version": 2}
    del expected["warnings"]
    assert revised == expected == await team.get(f"/v1/key-results/{added['id']}")


async def test_a_patch_that_changes_nothing_writes_nothing(team: Team):
    key_result_id = await team.key_result(await team.objective(await team.cycle()))
    head = await team.house.store.head()
    response = await patch(team, key_result_id, {"target": 35, "reason": "none"})
    assert (response.status_code, response.json()["version"]) == (200, 1)
    assert await team.house.store.head() == head


async def test_a_patch_is_conditional_and_repeatable(team: Team):
    key_result_id = await team.key_result(await team.objective(await team.cycle()))
    body = {"target": "48", "reason": "the market grew"}
    stale = await patch(team, key_result_id, body, **{"If-Match": '"7"'})
    assert stale.status_code == 412
    for _ in range(2):
        sent = await patch(team, key_result_id, body, **{"If-Match": '"1"', "Idempotency-Key": "a"})
        assert (sent.status_code, sent.json()["target"]) == (200, "48")
    assert (await team.get(f"/v1/key-results/{key_result_id}"))["version"] == 2


async def test_a_rebase_keeps_both_lines(team: Team):
    key_result_id = await team.key_result(await team.objective(await team.cycle()))
    path = f"/v1/key-results/{key_result_id}"
    await team.check_in(key_result_id, value="27", observed_at="2019-11-15T00:00:00Z")
    await team.check_in(key_result_id, value="31", observed_at="2019-12-15T00:00:00Z")
    body = {"target": "48", "reason": "rebased", "effective_from": "2019-12-01T00:00:00Z"}
    rebased = (await patch(team, key_result_id, body)).json()
    assert (rebased["target"], rebased["value"], rebased["progress"]) == ("48", "31", "0.346154")
    for moment, target, progress in (
        ("2019-11-20T00:00:00Z", "35", "0.384615"),
        ("2019-12-05T00:00:00Z", "48", "0.192308"),
        ("2019-12-20T00:00:00Z", "48", "0.346154"),
    ):
        then = await team.get(path, valid_at=moment)
        assert (then["target"], then["progress"]) == (target, progress)
    board = await team.get(f"/v1/cycles/{rebased['cycle_id']}/board")
    assert board["objectives"][0]["key_results"] == [rebased]


@pytest.mark.parametrize("body", [{"target": 40}, {"title": None, "reason": "x"}, {"reason": " "}])
async def test_a_revision_has_a_reason_and_takes_away_only_what_may_be_missing(team: Team, body):
    key_result_id = await team.key_result(await team.objective(await team.cycle()))
    assert (await patch(team, key_result_id, body)).status_code == 422


async def test_a_key_result_is_moved_with_its_history(team: Team):
    cycle_id = await team.cycle()
    source, goal = await team.objective(cycle_id), await team.objective(cycle_id, title="Grow")
    key_result_id = await team.key_result(source)
    await team.check_in(key_result_id, value="27")
    body = {"objective_id": goal, "reason": "it serves this one"}
    moved = await team.post(f"/v1/key-results/{key_result_id}:move", body)
    assert (moved["objective_id"], moved["value"]) == (goal, "27")
    again = await team.post(f"/v1/key-results/{key_result_id}:move", body)
    assert again["version"] == moved["version"]
    assert (await team.get(f"/v1/objectives/{source}"))["key_results"] == []
    assert (await team.get(f"/v1/objectives/{goal}"))["key_results"] == [moved]
    for shown in (await team.get(f"/v1/cycles/{cycle_id}/board"))["objectives"]:
        assert shown == await team.get(f"/v1/objectives/{shown['id']}")
    assert len((await team.get(f"/v1/key-results/{key_result_id}/check-ins"))["items"]) == 1


async def test_what_is_cancelled_counts_for_nothing_and_takes_nothing(team: Team):
    objective_id = await team.objective(await team.cycle())
    kept, dropped = await team.key_result(objective_id), await team.key_result(objective_id)
    await team.check_in(kept, value="35")
    await team.check_in(dropped, value="22")
    cancelled = await team.post(f"/v1/key-results/{dropped}:cancel", {"reason": "no longer needed"})
    assert (cancelled["cancelled_reason"], cancelled["status"]) == ("no longer needed", "closed")
    assert (await team.get(f"/v1/objectives/{objective_id}"))["progress"] == "1.000000"
    path = f"/v1/key-results/{dropped}"
    assert await team.refused(f"{path}/check-ins", {"value": 30}) == "key-result-cancelled"
    assert await team.refused(f"{path}:grade", {}) == "key-result-cancelled"


async def test_a_grade_is_suggested_from_progress(team: Team):
    key_result_id = await team.key_result(await team.objective(await team.cycle()))
    await team.check_in(key_result_id, value="32")
    path = f"/v1/key-results/{key_result_id}"
    graded = await team.post(f"{path}:grade", {})
    assert (graded["grade"], graded["suggested_grade"]) == ("0.769231", "0.769231")
    assert graded["band"] == "green"
    assert await team.refused(f"{path}:grade", {"grade": "0.5"}) == "grade-needs-reason"
    graded = await team.post(f"{path}:grade", {"grade": "0.5", "reason": "it will not last"})
    assert (graded["grade"], graded["band"], graded["grade_reason"]) == (
        "0.5",
        "yellow",
        "it will not last",
    )
    assert await team.get(path) == graded


async def test_a_grade_is_suggested_before_it_is_given_and_for_no_learning(team: Team):
    cycle_id = await team.cycle()
    usual = await team.key_result(await team.objective(cycle_id))
    learning = await team.key_result(await team.objective(cycle_id, kind="learning"))
    for key_result_id, suggested in ((usual, "0.769231"), (learning, None)):
        checked_in = await team.check_in(key_result_id, value="32")
        assert checked_in["key_result"]["grade"] is None
        assert checked_in["key_result"]["suggested_grade"] == suggested


async def test_learning_is_graded_in_words(team: Team):
    objective_id = await team.objective(await team.cycle(), kind="learning")
    path = f"/v1/key-results/{await team.key_result(objective_id)}"
    assert await team.refused(f"{path}:grade", {}) == "learned-missing"
    body = {"grade": 1, "learned": "much"}
    assert await team.refused(f"{path}:grade", body) == "learning-has-no-number"
    graded = await team.post(f"{path}:grade", {"learned": "nobody reads the leaflet"})
    assert (graded["grade"], graded["band"]) == (None, None)
    assert graded["learned"] == "nobody reads the leaflet"


async def test_a_closed_cycle_takes_late_corrections_flagged_so(team: Team):
    cycle_id = await team.cycle()
    key_result_id = await team.key_result(await team.objective(cycle_id))
    await team.check_in(key_result_id, value="27")
    await team.post(f"/v1/cycles/{cycle_id}:close")
    path, late = f"/v1/key-results/{key_result_id}", {"late_correction": True}
    said = {"value": 30, "correction_reason": "the books were closed late"}
    assert await team.refused(f"{path}/check-ins", said) == "cycle-closed"
    corrected = await team.post(f"{path}/check-ins", {**said, **late})
    assert (corrected["late_correction"], corrected["key_result"]["value"]) == (True, "30")
    assert await team.refused(f"{path}:grade", {}) == "cycle-closed"
    assert (await team.post(f"{path}:grade", late))["grade"] == "0.615385"
    revision = {"target": 48, "reason": "a slip of the pen"}
    assert (await patch(team, key_result_id, revision)).status_code == 422
    assert (await patch(team, key_result_id, {**revision, **late})).json()["target"] == "48"
    for action, body in (("move", {"objective_id": str(uuid4())}), ("cancel", {})):
        found = await team.send("POST", f"{path}:{action}", {**body, "reason": "x"})
        assert found.status_code == 422


ABSENT = str(uuid4())
RELATIVE = {"change": "20", "measured_in": "percent"}


@pytest.mark.parametrize(
    ("fields", "slug", "pointer"),
    [
        ({"commit": 36}, "commit-off-the-way", "#/commit"),
        ({"stretch": 35}, "stretch-not-beyond-target", "#/stretch"),
        (
            {"curve": [{"on": "2019-11-05", "value": 25}, {"on": "2019-11-04", "value": 26}]},
            "curve-not-in-order",
            "#/curve",
        ),
        ({"curve": [{"on": "2019-11-05", "value": 36}]}, "curve-runs-backwards", "#/curve"),
        ({"due_on": "2020-02-01"}, "day-outside-cycle", "#/due_on"),
        (
            {"baseline": None, "target": None, "relative": RELATIVE},
            "relative-target-without-kpi",
            "#/kpi_id",
        ),
        (
            {"relative": RELATIVE, "kpi_id": ABSENT},
            "relative-target-with-numbers",
            "#/baseline",
        ),
        (
            {
                "baseline": None,
                "target": None,
                "relative": {**RELATIVE, "change": -1},
                "kpi_id": ABSENT,
            },
            "relative-change-on-wrong-side",
            "#/relative",
        ),
        ({"kpi_id": ABSENT, "guardrails": [ABSENT]}, "guardrail-is-own-kpi", "#/guardrails"),
        ({"guardrails": [ABSENT, ABSENT]}, "guardrails-alike", "#/guardrails"),
        (
            {"guardrails": [str(uuid4()) for _ in range(21)]},
            "too-many-guardrails",
            "#/guardrails",
        ),
    ],
)
async def test_a_definition_that_does_not_hold_together(team: Team, fields, slug, pointer):
    path = f"/v1/objectives/{await team.objective(await team.cycle())}/key-results"
    assert await team.refused(path, {**LEADS, **fields}) == slug
    problem = (await team.send("POST", path, {**LEADS, **fields})).json()
    assert [error["pointer"] for error in problem["errors"]] == [pointer]


@pytest.mark.parametrize(
    ("body", "slug"),
    [
        ({"target": 22}, "baseline-equals-target"),
        ({"effective_from": "2019-10-01T00:00:00Z"}, "outside-cycle"),
        ({"late_correction": True}, "cycle-not-closed"),
    ],
)
async def test_a_revision_that_cannot_be(team: Team, body, slug):
    key_result_id = await team.key_result(await team.objective(await team.cycle()))
    response = await patch(team, key_result_id, {"title": "Other", **body, "reason": "why not"})
    assert response.status_code == 422
    assert response.json()["type"].endswith(slug)


async def test_numbers_as_large_as_they_come_are_taken(team: Team):
    largest, least = "9" * 20, "0." + "0" * 19 + "1"
    key_result_id = await team.key_result(
        await team.objective(await team.cycle()), baseline=f"-{largest}", target=least
    )
    moved = await team.check_in(key_result_id, value=largest)
    assert moved["key_result"]["progress_raw"] == "2.000000"
    narrow = {"baseline": "0", "target": least, "stretch": largest, "reason": "x"}
    rebased = (await patch(team, key_result_id, narrow)).json()
    assert (rebased["progress"], rebased["progress_raw"]) == ("1.000000", f"1{'0' * 18}.000000")
    await team.get(f"/v1/key-results/{key_result_id}/explain")


async def test_a_revision_before_the_last_one(team: Team):
    key_result_id = await team.key_result(await team.objective(await team.cycle()))
    first = {"target": 40, "reason": "x", "effective_from": "2019-12-01T00:00:00Z"}
    assert (await patch(team, key_result_id, first)).status_code == 200
    second = {"target": 41, "reason": "y", "effective_from": "2019-11-30T00:00:00Z"}
    refused = await patch(team, key_result_id, second)
    assert refused.json()["type"].endswith("revision-before-last")


async def test_a_revision_that_reaches_too_far_back(team: Team, monkeypatch):
    monkeypatch.setattr("okr_service.domain.key_result.revise.MOST_SAID_AGAIN", 1)
    key_result_id = await team.key_result(await team.objective(await team.cycle()))
    for day in ("05", "06"):
        await team.check_in(key_result_id, value=25, observed_at=f"2019-11-{day}T00:00:00Z")
    body = {"target": 40, "reason": "x", "effective_from": "2019-11-02T00:00:00Z"}
    refused = await patch(team, key_result_id, body)
    assert refused.json()["type"].endswith("revision-reaches-too-far-back")


async def test_where_a_key_result_cannot_be_moved(team: Team):
    cycle_id = await team.cycle()
    path = f"/v1/key-results/{await team.key_result(await team.objective(cycle_id))}:move"
    elsewhere = await team.objective(await team.cycle(name="another"))
    done = await team.objective(cycle_id, title="Done")
    await team.post(f"/v1/objectives/{done}:close", {"outcome": "missed"})
    for objective_id, slug in (
        (ABSENT, "unknown-objective"),
        (elsewhere, "other-cycle"),
        (done, "objective-closed"),
    ):
        assert await team.refused(path, {"objective_id": objective_id, "reason": "x"}) == slug


async def test_grades_that_cannot_be(team: Team):
    path = f"/v1/key-results/{await team.key_result(await team.objective(await team.cycle()))}"
    assert await team.refused(f"{path}:grade", {}) == "nothing-to-grade"
    wide = {"grade": "1.1", "reason": "x"}
    assert await team.refused(f"{path}:grade", wide) == "grade-out-of-range"


async def test_what_is_not_there_is_not_found(team: Team):
    path = f"/v1/key-results/{ABSENT}"
    for action, body in (
        ("move", {"objective_id": ABSENT, "reason": "x"}),
        ("cancel", {"reason": "x"}),
        ("grade", {}),
    ):
        assert await team.refused(f"{path}:{action}", body, status=404) == "unknown-key-result"
    assert (await patch(team, ABSENT, {"reason": "x"})).status_code == 404
    for read in ("lines", "explain", "check-ins"):
        assert (await team.send("GET", f"{path}/{read}")).status_code == 404


@pytest.mark.parametrize("role", ["viewer", "auditor", "ingest"])
async def test_who_may_not_write_changes_nothing(team: Team, role):
    key_result_id = await team.key_result(await team.objective(await team.cycle(), **OBJECTIVE))
    reader, path = Team(team.house, team.tenant, role=role), f"/v1/key-results/{key_result_id}"
    for action in ("move", "cancel", "grade"):
        assert await reader.refused(f"{path}:{action}", {}, status=403) == "forbidden"
    acknowledge = f"{path}/check-ins/{ABSENT}:acknowledge"
    assert await reader.refused(acknowledge, {}, status=403) == "forbidden"
    assert (await patch(reader, key_result_id, {"reason": "x"})).status_code == 403
    assert (await reader.get(f"{path}/lines"))["items"] == []
