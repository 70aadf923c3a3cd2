"""Grades, outcomes, carrying over and cloning, each in one append."""

from __future__ import annotations

import asyncio
from uuid import uuid4

import pytest

from tests.okr.house import LEADS, OBJECTIVE, Team

NEXT = {"name": "FY21-Q1", "starts_on": "2020-02-01", "ends_on": "2020-04-30"}
STEPS = {
    "title": "Hire a head of sales",
    "metric": "milestone",
    "baseline": None,
    "target": None,
    "milestones": [{"name": "advertised", "weight": 1}, {"name": "hired", "weight": 3}],
}


async def objective_with(
    team: Team, cycle_id: str, *values: str, **fields
) -> tuple[str, list[str]]:
    objective_id = await team.objective(cycle_id, **fields)
    parts = [await team.key_result(objective_id) for _ in values]
    for part, value in zip(parts, values, strict=True):
        await team.check_in(part, value=value)
    return f"/v1/objectives/{objective_id}", parts


async def test_closing_grades_key_results_and_objective_in_one_append(team: Team):
    path, parts = await objective_with(team, await team.cycle(), "35", "28.5")
    head = await team.house.store.head()
    closed = await team.post(f"{path}:close")
    assert (closed["state"], closed["outcome"], closed["grade"]) == (
        "closed",
        "achieved",
        "0.750000",
    )
    assert (closed["suggested_grade"], closed["band"]) == ("0.750000", "green")
    assert await team.get(path) == closed
    events = await team.house.store.read_log(head, 10)
    assert [event.type for event in events] == [
        "ObjectiveGraded",
        "ObjectiveClosed",
        "KeyResultGraded",
        "KeyResultGraded",
    ]
    assert len({event.metadata for event in events}) == 1
    assert {event.occurred_at.isoformat() for event in events} == {
        "2020-01-31T23:59:59.999999+00:00"
    }
    again = await team.post(f"{path}:close", {"outcome": "achieved"})
    assert again == closed
    assert await team.house.store.head() == head + 4
    assert await team.refused(f"{path}:close", {"outcome": "missed"}) == "objective-closed"
    assert len(parts) == 2


async def test_an_ungraded_objective_is_not_achieved_and_its_key_results_are_named(team: Team):
    path, _ = await objective_with(team, await team.cycle(), "35")
    unmeasured = (await team.post(f"{path}/key-results", LEADS))["id"]
    response = await team.send("POST", f"{path}:close", {"outcome": "achieved"})
    problem = response.json()
    assert response.status_code == 422
    assert problem["type"].endswith("/key-results-ungraded")
    assert problem["key_results"] == [unmeasured]
    by_hand = {"id": unmeasured, "grade": "0.5", "reason": "nobody counted"}
    closed = await team.post(f"{path}:close", {"key_result_grades": [by_hand]})
    assert (closed["outcome"], closed["grade"]) == ("achieved", "0.750000")


async def test_a_grade_is_given_before_closing_and_stands(team: Team):
    path, _ = await objective_with(team, await team.cycle(), "28.5")
    suggested = await team.post(f"{path}:grade")
    assert (suggested["grade"], suggested["band"], suggested["state"]) == (
        "0.500000",
        "yellow",
        "active",
    )
    by_hand = {"grade": "0.8", "reason": "a hard quarter", "learned": "start earlier"}
    graded = await team.post(f"{path}:grade", by_hand)
    assert (graded["grade"], graded["suggested_grade"]) == ("0.8", "0.500000")
    assert (graded["grade_reason"], graded["learned"]) == ("a hard quarter", "start earlier")
    closed = await team.post(f"{path}:close")
    assert (closed["outcome"], closed["grade"], closed["learned"]) == (
        "achieved",
        "0.8",
        "start earlier",
    )


@pytest.mark.parametrize(
    ("step", "body", "slug"),
    [
        ("grade", {"grade": "0.9"}, "grade-needs-reason"),
        ("grade", {"grade": "1.01", "reason": "x"}, "grade-out-of-range"),
        ("grade", {"grade": "-0.1", "reason": "x"}, "grade-out-of-range"),
        ("grade", {"grade": "NaN", "reason": "x"}, "validation"),
        ("grade", {"late_correction": True}, "cycle-not-closed"),
        ("close", {"outcome": "achieved"}, "outcome-contradicts-grade"),
        ("close", {"outcome": "carried_over"}, "validation"),
        ("close", {"outcome": "cancelled"}, "cancelled-without-reason"),
        ("close", {"outcome": "cancelled", "reason": "x", "grade": 1}, "cancelled-has-no-grade"),
        (
            "close",
            {"key_result_grades": [{"id": str(uuid4()), "grade": 1, "reason": "x"}]},
            "not-its-key-result",
        ),
        (
            "close",
            {"key_result_grades": [{"id": str(uuid4()), "grade": 1}] * 2},
            "validation",
        ),
    ],
)
async def test_an_end_that_cannot_be(team: Team, step, body, slug):
    path, _ = await objective_with(team, await team.cycle(), "28.5")
    if body.get("key_result_grades") and slug == "validation":
        twin = body["key_result_grades"][0]
        body = {"key_result_grades": [twin, twin]}
    assert await team.refused(f"{path}:{step}", body) == slug


async def test_with_nothing_to_tell_by_an_outcome_is_asked_for(team: Team):
    path, _ = await objective_with(team, await team.cycle())
    assert await team.refused(f"{path}:close") == "nothing-to-grade"
    assert await team.refused(f"{path}:grade") == "nothing-to-grade"
    assert (await team.post(f"{path}:close", {"outcome": "missed"}))["grade"] is None


async def test_a_learning_objective_ends_with_what_was_learned(team: Team):
    path, _ = await objective_with(team, await team.cycle(), "23", kind="learning")
    assert await team.refused(f"{path}:close") == "learned-missing"
    numbered = {"grade": 1, "learned": "they rent"}
    assert await team.refused(f"{path}:grade", numbered) == "learning-has-no-number"
    closed = await team.post(f"{path}:close", {"learned": "they rent"})
    assert (closed["outcome"], closed["grade"], closed["learned"]) == (
        "achieved",
        None,
        "they rent",
    )


async def test_after_the_cycle_is_closed_a_late_correction_ends_it(team: Team):
    cycle_id = await team.cycle()
    path, _ = await objective_with(team, cycle_id, "28.5")
    await team.post(f"/v1/cycles/{cycle_id}:close")
    assert await team.refused(f"{path}:close") == "cycle-closed"
    closed = await team.post(f"{path}:close", {"late_correction": True})
    assert (closed["outcome"], closed["grade"]) == ("missed", "0.500000")
    late = {"grade": "0.8", "reason": "counted again", "late_correction": True}
    assert (await team.post(f"{path}:grade", late))["grade"] == "0.8"
    assert (await team.get(path))["grade"] == "0.8"


async def test_what_is_left_goes_on_in_the_next_cycle(team: Team):
    cycle_id, next_id, kpi_id = await team.cycle(), await team.cycle(**NEXT), str(uuid4())
    path, (first, _) = await objective_with(team, cycle_id, "28.5", "35")
    hired = await team.key_result(path.rpartition("/")[2], **STEPS)
    await team.check_in(hired, done=["advertised"])
    bound = await team.key_result(path.rpartition("/")[2], kpi_id=kpi_id)
    head = await team.house.store.head()
    response = await team.send("POST", f"{path}:carry-over", {"to_cycle_id": next_id})
    carried = response.json()
    assert response.status_code == 201
    assert response.headers["Location"] == f"/v1/objectives/{carried['id']}"
    assert [skipped["reason"] for skipped in carried["skipped"]] == ["reached"]

    origin = await team.get(path)
    assert (origin["state"], origin["outcome"], origin["grade"]) == (
        "closed",
        "carried_over",
        "0.583333",
    )
    assert origin["carried_to"] == carried["id"]
    assert carried["copied_from"]["id"] == origin["id"]
    assert carried["copied_from"]["version"] == origin["version"]
    assert carried["derived_from"] == {
        "descent": "carried_over",
        "id": origin["id"],
        "cycle_id": cycle_id,
        "template": None,
    }
    read = await team.get(f"/v1/objectives/{carried['id']}")
    assert {**carried, **read} == carried
    assert (read["cycle_id"], read["state"], read["grade"]) == (next_id, "draft", None)
    leads, steps, follows = read["key_results"]
    assert (leads["baseline"], leads["target"], leads["value"]) == ("28.5", "35", None)
    assert [step["name"] for step in steps["milestones"]] == ["hired"]
    assert follows["kpi_id"] == kpi_id
    assert {part["progress"] for part in read["key_results"]} == {None}
    appended = await team.house.store.read_log(head, 50)
    assert len({event.metadata for event in appended}) == 1
    board = await team.get(f"/v1/cycles/{next_id}/board")
    assert [objective["id"] for objective in board["objectives"]] == [carried["id"]]
    again = {"to_cycle_id": next_id}
    assert await team.refused(f"{path}:carry-over", again) == "objective-already-carried-over"
    assert {first, bound}.isdisjoint(part["id"] for part in read["key_results"])


async def test_carried_over_twice_with_one_key_is_carried_once(team: Team):
    next_id = await team.cycle(**NEXT)
    path, _ = await objective_with(team, await team.cycle(), "28.5")
    for step in ("carry-over", "clone"):
        responses = await asyncio.gather(
            *(
                team.send(
                    "POST",
                    f"{path}:{step}",
                    {"to_cycle_id": next_id},
                    **{"Idempotency-Key": f"{step}-{path}"},
                )
                for _ in range(5)
            )
        )
        assert {response.status_code for response in responses} == {201}
        assert len({response.json()["id"] for response in responses}) == 1


async def test_of_parallel_ends_one_stands(team: Team):
    next_id = await team.cycle(**NEXT)
    path, _ = await objective_with(team, await team.cycle(), "28.5")
    sent = await asyncio.gather(
        *(team.send("POST", f"{path}:carry-over", {"to_cycle_id": next_id}) for _ in range(4)),
        *(team.send("POST", f"{path}:close", {"outcome": "missed"}) for _ in range(4)),
    )
    carried = [response for response in sent if response.status_code == 201]
    assert len(carried) <= 1
    assert all(response.status_code in {200, 201, 409, 422} for response in sent)
    origin = await team.get(path)
    assert origin["outcome"] == ("carried_over" if carried else "missed")
    board = await team.get(f"/v1/cycles/{next_id}/board")
    assert len(board["objectives"]) == len(carried)


async def test_a_check_in_between_makes_a_close_grade_anew(team: Team):
    path, (part,) = await objective_with(team, await team.cycle(), "28.5")
    january = "2020-01-31T12:00:00Z"
    sent = await asyncio.gather(
        team.send("POST", f"{path}:close", {"outcome": "missed", "reason": "it is over"}),
        *(
            team.send(
                "POST", f"/v1/key-results/{part}/check-ins", {"value": 33, "observed_at": january}
            )
            for _ in range(3)
        ),
    )
    assert sent[0].status_code in {200, 409}
    closed = await team.get(path)
    if closed["state"] == "closed":
        assert closed["grade"] == closed["progress"]


async def test_another_title_and_target_go_with_it(team: Team):
    next_id = await team.cycle(**NEXT)
    path, (part,) = await objective_with(team, await team.cycle(), "36")
    body = {
        "to_cycle_id": next_id,
        "title": "Be known further",
        "targets": [{"key_result_id": part, "target": "50"}],
        "grade": "0.9",
        "reason": "one harbour is missing",
    }
    carried = await team.post(f"{path}:carry-over", body)
    assert (carried["title"], carried["skipped"]) == ("Be known further", [])
    (leads,) = carried["key_results"]
    assert (leads["baseline"], leads["target"]) == ("36", "50")
    assert carried["copied_from"]["grade"] == "0.9"


async def test_what_cannot_be_carried_over(team: Team):
    cycle_id, next_id = await team.cycle(), await team.cycle(**NEXT)
    path, _ = await objective_with(team, cycle_id, "28.5")
    steps = await team.key_result(path.rpartition("/")[2], **STEPS)

    async def refused(**fields) -> str:
        return await team.refused(f"{path}:carry-over", {"to_cycle_id": next_id, **fields})

    assert await refused(to_cycle_id=str(uuid4())) == "unknown-cycle"
    assert await refused(to_cycle_id=cycle_id) == "carried-into-its-own-cycle"
    foreign = [{"key_result_id": str(uuid4()), "target": 1}]
    assert await refused(targets=foreign) == "not-its-key-result"
    assert await refused(targets=foreign * 2) == "validation"
    assert await refused(targets=[{"key_result_id": steps, "target": 1}]) == "target-unsuited"
    assert await refused(grade="0.9") == "grade-needs-reason"
    draft = await team.objective(cycle_id, active=False)
    slug = await team.refused(f"/v1/objectives/{draft}:carry-over", {"to_cycle_id": next_id})
    assert slug == "objective-not-yet-active"
    await team.post(f"/v1/cycles/{next_id}:close")
    assert await refused() == "cycle-closed"


async def test_after_the_cycle_is_closed_it_is_carried_over_late(team: Team):
    cycle_id, next_id = await team.cycle(), await team.cycle(**NEXT)
    path, _ = await objective_with(team, cycle_id, "28.5")
    await team.post(f"/v1/cycles/{cycle_id}:close")
    body = {"to_cycle_id": next_id}
    assert await team.refused(f"{path}:carry-over", body) == "cycle-closed"
    await team.post(f"{path}:carry-over", {**body, "late_correction": True})
    assert (await team.get(path))["outcome"] == "carried_over"


async def test_a_stale_version_carries_nothing(team: Team):
    next_id = await team.cycle(**NEXT)
    path, _ = await objective_with(team, await team.cycle(), "28.5")
    for step in ("carry-over", "clone", "close", "grade"):
        body = {"to_cycle_id": next_id} if step in {"carry-over", "clone"} else {}
        response = await team.send("POST", f"{path}:{step}", body, **{"If-Match": '"1"'})
        assert response.status_code == 412


async def test_a_copy_goes_on_under_what_its_parent_goes_on_as(team: Team):
    cycle_id, next_id = await team.cycle(), await team.cycle(**NEXT)
    year_id = await team.cycle(name="FY20", kind="year", ends_on="2020-10-31")
    above, (part, lost) = await objective_with(team, cycle_id, "28.5", "35")
    yearly = await team.objective(year_id)
    parents = {
        "objective": {"type": "objective", "id": above.rpartition("/")[2]},
        "key result": {"type": "key_result", "id": part},
        "reached": {"type": "key_result", "id": lost},
        "year": {"type": "objective", "id": yearly},
    }
    children = {
        name: await team.objective(cycle_id, title=name, contributes_to=parent)
        for name, parent in parents.items()
    }
    to_next = {"to_cycle_id": next_id}
    alone = await team.post(f"/v1/objectives/{children['objective']}:clone", to_next)
    assert alone["contributes_to"] is None
    carried = await team.post(f"{above}:carry-over", to_next)
    copies = {
        name: (await team.post(f"/v1/objectives/{child}:carry-over", to_next))["contributes_to"]
        for name, child in children.items()
    }
    assert copies == {
        "objective": {"type": "objective", "id": carried["id"]},
        "key result": {"type": "key_result", "id": carried["key_results"][0]["id"]},
        "reached": None,
        "year": parents["year"],
    }


async def test_a_clone_is_a_draft_like_its_origin_without_scores(team: Team):
    cycle_id, next_id = await team.cycle(), await team.cycle(**NEXT)
    path, _ = await objective_with(team, cycle_id, "36")
    await team.post(f"{path}:close")
    await team.post(f"/v1/cycles/{cycle_id}:close")
    origin = await team.get(path)
    cloned = await team.post(f"{path}:clone", {"to_cycle_id": next_id, "title": "Once more"})
    assert (cloned["title"], cloned["state"], cloned["grade"]) == ("Once more", "draft", None)
    assert cloned["derived_from"]["descent"] == "cloned"
    (leads,) = cloned["key_results"]
    assert (leads["baseline"], leads["target"], leads["value"]) == ("22", "35", None)
    assert await team.get(path) == origin
    bare = {"to_cycle_id": next_id, "with_key_results": False}
    assert (await team.post(f"{path}:clone", bare))["key_results"] == []
    lost = {"to_cycle_id": str(uuid4())}
    assert await team.refused(f"{path}:clone", lost) == "unknown-cycle"
    assert await team.refused(f"{path}:clone", {"to_cycle_id": cycle_id}) == "cycle-closed"


async def test_nothing_ends_that_is_not_there(team: Team):
    path = f"/v1/objectives/{uuid4()}"
    to_next = {"to_cycle_id": await team.cycle(**NEXT)}
    for step, body in (("grade", {}), ("close", {}), ("carry-over", to_next), ("clone", to_next)):
        assert await team.refused(f"{path}:{step}", body, status=404) == "unknown-objective"


@pytest.mark.parametrize("role", ["viewer", "auditor", "ingest"])
async def test_who_may_not_write_ends_nothing(team: Team, role):
    objective_id = await team.objective(await team.cycle())
    reader = Team(team.house, team.tenant, role=role)
    path = f"/v1/objectives/{objective_id}"
    for step in ("grade", "close", "carry-over", "clone"):
        body = {"to_cycle_id": str(uuid4())} if step in {"carry-over", "clone"} else {}
        assert await reader.refused(f"{path}:{step}", body, status=403) == "forbidden"
    assert (await reader.send("PATCH", path, {"reason": "x"})).status_code == 403
    assert await reader.refused(f"{path}/check-ins", {"narrative": "x"}, status=403) == "forbidden"
    assert OBJECTIVE["title"] == (await reader.get(path))["title"]
