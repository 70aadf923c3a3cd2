"""Every rule refuses with its own problem type, and nothing is written."""

from __future__ import annotations

from uuid import uuid4

import pytest
from helmlog_events.tables.refusals import TableRefused
from okr_service.api.errors import REFUSALS
from okr_service.domain.refusals import Refusal

from tests.okr.house import LEADS, OBJECTIVE, QUARTER, Team

BAND = {"title": "Stay", "weight": 1, "metric": "stay_within"}
STEPS = {"title": "Hire", "weight": 1, "metric": "milestone"}


def _leaves(refusal: type[Exception]) -> set[type[Exception]]:
    below = refusal.__subclasses__()
    return {refusal} if not below else set().union(*map(_leaves, below))


def test_every_refusal_of_the_domain_is_mapped():
    assert _leaves(Refusal) | _leaves(TableRefused) == set(REFUSALS)


@pytest.mark.parametrize(
    ("fields", "slug"),
    [
        ({"ends_on": "2019-10-31"}, "cycle-ends-before-it-starts"),
        ({"timezone": "Atlantis/Capital"}, "unknown-timezone"),
        ({"starts_on": "0001-01-01"}, "cycle-outside-calendar"),
        ({"ends_on": "9999-12-31"}, "cycle-outside-calendar"),
        ({"ends_on": "10000-01-01"}, "validation"),
        ({"ends_on": "0000-01-01"}, "validation"),
        ({"kind": "month"}, "validation"),
        ({"name": ""}, "validation"),
        ({"name": "nul\u0000"}, None),
    ],
)
async def test_a_cycle_that_cannot_be(team: Team, fields, slug):
    found = await team.refused("/v1/cycles", {**QUARTER, **fields})
    assert slug in {None, found}


async def test_a_name_is_taken_once_in_any_case(team: Team):
    await team.cycle()
    again = {**QUARTER, "name": "fy20-q4"}
    assert await team.refused("/v1/cycles", again, status=409) == "cycle-name-taken"
    stranger = Team(team.house, f"{team.tenant}-b")
    await stranger.cycle()


async def test_steps_out_of_order(team: Team):
    path = f"/v1/cycles/{await team.cycle(active=False)}"
    assert await team.refused(f"{path}:review") == "cycle-not-active"
    assert await team.refused(f"{path}:reopen", {"reason": "why not"}) == "cycle-not-closed"
    await team.post(f"{path}:activate")
    await team.post(f"{path}:review")
    assert await team.refused(f"{path}:activate") == "cycle-in-review"
    await team.post(f"{path}:close")
    assert await team.refused(f"{path}:activate") == "cycle-closed"
    assert await team.refused(f"{path}:reopen", {"reason": "   "}) == "validation"


async def test_what_is_not_there(team: Team):
    nothing = uuid4()
    for path, body, slug in (
        (f"/v1/cycles/{nothing}:activate", None, "unknown-cycle"),
        (f"/v1/objectives/{nothing}:propose", None, "unknown-objective"),
        (f"/v1/objectives/{nothing}/key-results", LEADS, "unknown-objective"),
        (f"/v1/key-results/{nothing}/check-ins", {"value": 1}, "unknown-key-result"),
    ):
        assert await team.refused(path, body, status=404) == slug
    for path in (
        f"/v1/cycles/{nothing}",
        f"/v1/cycles/{nothing}/board",
        f"/v1/objectives/{nothing}",
        f"/v1/key-results/{nothing}",
        f"/v1/key-results/{nothing}/check-ins",
    ):
        assert (await team.send("GET", path)).status_code == 404


async def test_an_objective_of_an_unknown_cycle(team: Team):
    body = {**OBJECTIVE, "cycle_id": str(uuid4())}
    assert await team.refused("/v1/objectives", body) == "unknown-cycle"


async def test_another_tenants_things_are_not_there(team: Team):
    cycle_id = await team.cycle()
    key_result_id = await team.key_result(await team.objective(cycle_id))
    stranger = Team(team.house, f"{team.tenant}-b")
    for path in (f"/v1/cycles/{cycle_id}/board", f"/v1/key-results/{key_result_id}"):
        assert (await stranger.send("GET", path)).status_code == 404
    assert (await stranger.get("/v1/cycles"))["items"] == []
    assert (await stranger.get("/v1/objectives"))["items"] == []


async def test_a_closed_cycle_refuses_writes(team: Team):
    cycle_id = await team.cycle()
    objective_id = await team.objective(cycle_id)
    key_result_id = await team.key_result(objective_id)
    await team.post(f"/v1/cycles/{cycle_id}:close")
    for path, body in (
        ("/v1/objectives", {**OBJECTIVE, "cycle_id": cycle_id}),
        (f"/v1/objectives/{objective_id}:close", {"outcome": "missed"}),
        (f"/v1/objectives/{objective_id}/key-results", LEADS),
        (f"/v1/key-results/{key_result_id}/check-ins", {"value": 27}),
    ):
        assert await team.refused(path, body) == "cycle-closed"


async def test_objective_steps_out_of_order(team: Team):
    cycle_id = await team.cycle()
    path = f"/v1/objectives/{await team.objective(cycle_id, active=False)}"
    assert await team.refused(f"{path}:accept") == "objective-not-proposed"
    achieved = {"outcome": "achieved"}
    assert await team.refused(f"{path}:close", achieved) == "objective-not-yet-active"
    await team.post(f"{path}:propose")
    await team.post(f"{path}:decline", {"reason": "not now"})
    assert await team.refused(f"{path}/key-results", LEADS) == "objective-declined"
    await team.post(f"{path}:propose")
    await team.post(f"{path}:accept")
    assert await team.refused(f"{path}:propose") == "objective-already-active"
    await team.post(f"{path}:close", achieved)
    assert await team.refused(f"{path}/key-results", LEADS) == "objective-closed"


@pytest.mark.parametrize(
    ("body", "slug"),
    [
        ({**LEADS, "target": "22.0"}, "baseline-equals-target"),
        ({**LEADS, "target": 21}, "target-on-wrong-side"),
        ({**LEADS, "weight": 0}, "weight-not-positive"),
        ({**LEADS, "weight": "-1"}, "weight-not-positive"),
        ({**LEADS, "target": None}, "measure-incomplete"),
        ({**LEADS, "upper": 3}, "measure-unsuited"),
        ({**BAND, "lower": 2, "upper": 2}, "band-empty"),
        (
            {**STEPS, "milestones": [{"name": "a", "weight": 1}, {"name": "a", "weight": 2}]},
            "milestones-alike",
        ),
        (
            {**STEPS, "milestones": [{"name": "a", "weight": 0}]},
            "milestone-weight-not-positive",
        ),
        (
            {**STEPS, "milestones": [{"name": "a", "weight": 1}], "kpi_id": str(uuid4())},
            "milestones-cannot-follow-kpi",
        ),
        ({**LEADS, "baseline": "NaN"}, "validation"),
        ({**LEADS, "baseline": "1" * 400}, "validation"),
        ({**LEADS, "baseline": True}, "validation"),
        ({**LEADS, "metric": "guess"}, "validation"),
        ({**LEADS, "surprise": 1}, "validation"),
    ],
)
async def test_a_key_result_that_measures_nothing(team: Team, body, slug):
    path = f"/v1/objectives/{await team.objective(await team.cycle())}/key-results"
    assert await team.refused(path, body) == slug


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"target": 22}, "#/target"),
        ({"weight": 0}, "#/weight"),
        ({"target": None}, "#/target"),
        ({"upper": 3}, "#/upper"),
    ],
)
async def test_a_refusal_points_at_the_field_that_broke_the_rule(team: Team, fields, pointer):
    path = f"/v1/objectives/{await team.objective(await team.cycle())}/key-results"
    problem = (await team.send("POST", path, {**LEADS, **fields})).json()
    assert [error["pointer"] for error in problem["errors"]] == [pointer]
    assert problem["detail"].startswith(problem["title"])


@pytest.mark.parametrize(
    ("body", "slug"),
    [
        ({}, "check-in-without-value"),
        ({"value": 27, "done": ["hired"]}, "check-in-unsuited"),
        ({"value": 27, "confidence": 11}, "confidence-out-of-range"),
        ({"value": 27, "confidence": 7.5}, "validation"),
        ({"value": 27, "status": "at_risk"}, "override-without-reason"),
        ({"value": 27, "observed_at": "2019-10-31T23:59:59Z"}, "outside-cycle"),
        ({"value": 27, "observed_at": "2020-02-01T00:00:00Z"}, "outside-cycle"),
        ({"value": 27, "observed_at": "2019-11-05"}, "validation"),
        ({"value": "Infinity"}, "validation"),
    ],
)
async def test_a_check_in_that_says_nothing(team: Team, body, slug):
    key_result_id = await team.key_result(await team.objective(await team.cycle()))
    assert await team.refused(f"/v1/key-results/{key_result_id}/check-ins", body) == slug


async def test_a_check_in_from_the_future(team: Team):
    cycle_id = await team.cycle(starts_on="2020-01-01", ends_on="2999-12-31", kind="custom")
    key_result_id = await team.key_result(await team.objective(cycle_id))
    body = {"value": 27, "observed_at": "2999-06-01T00:00:00Z"}
    slug = await team.refused(f"/v1/key-results/{key_result_id}/check-ins", body)
    assert slug == "observed-in-future"


async def test_a_planned_cycle_takes_no_check_in(team: Team):
    objective_id = await team.objective(await team.cycle(active=False))
    path = f"/v1/key-results/{await team.key_result(objective_id)}/check-ins"
    assert await team.refused(path, {"value": 27}) == "cycle-not-active"


async def test_milestones_that_are_not_there(team: Team):
    key_result_id = await team.key_result(
        await team.objective(await team.cycle()),
        **STEPS,
        baseline=None,
        target=None,
        milestones=[{"name": "hired", "weight": 1}],
    )
    path = f"/v1/key-results/{key_result_id}/check-ins"
    assert await team.refused(path, {"done": ["fired"]}) == "unknown-milestone"


async def test_a_bound_key_result_is_corrected_only_with_a_reason(team: Team):
    objective_id = await team.objective(await team.cycle())
    key_result_id = await team.key_result(objective_id, kpi_id=str(uuid4()))
    path = f"/v1/key-results/{key_result_id}/check-ins"
    assert await team.refused(path, {"value": 27}) == "bound-to-kpi"
    corrected = await team.check_in(key_result_id, value=27, correction_reason="a broken meter")
    assert corrected["key_result"]["value"] == "27"


@pytest.mark.parametrize("role", ["viewer", "auditor", "ingest"])
async def test_who_may_not_write_may_read(team: Team, role):
    cycle_id = await team.cycle()
    reader = Team(team.house, team.tenant, role=role)
    for path, body in (
        ("/v1/cycles", QUARTER),
        (f"/v1/cycles/{cycle_id}:close", None),
        ("/v1/objectives", {**OBJECTIVE, "cycle_id": cycle_id}),
        (f"/v1/objectives/{uuid4()}:propose", None),
        (f"/v1/objectives/{uuid4()}/key-results", LEADS),
        (f"/v1/key-results/{uuid4()}/check-ins", {"value": 27}),
    ):
        assert await reader.refused(path, body, status=403) == "forbidden"
    assert (await reader.get(f"/v1/cycles/{cycle_id}/board"))["objectives"] == []


async def test_who_is_unknown_gets_nothing(team: Team):
    response = await team.house.client.get("/v1/cycles")
    assert response.status_code == 401
