"""The catalogue over HTTP: found, and put into a cycle with one call."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from tests.okr.house import Team

CARE = "/v1/catalogue/service-people-tell-others-about"


async def instantiated(
    team: Team, fields: dict[str, Any] | None = None, path: str = CARE
) -> dict[str, Any]:
    cycle_id = await team.cycle(active=False)
    return await team.post(f"{path}:instantiate", {"cycle_id": cycle_id, **(fields or {})})


async def test_examples_are_found_by_department_and_by_words(team: Team):
    everything = await team.get("/v1/catalogue")
    sales = await team.get("/v1/catalogue", department="sales")
    assert 0 < len(sales["items"]) < len(everything["items"])
    assert {item["department"] for item in sales["items"]} == {"sales"}
    found = await team.get("/v1/catalogue", q="inventory-turnover")
    assert [item["slug"] for item in found["items"]] == ["goods-that-move"]


async def test_an_example_shows_its_key_results_and_what_would_measure_them(team: Team):
    example = await team.get(CARE)
    templates = [part["kpi_template"] for part in example["key_results"]]
    assert "customer-satisfaction-score" in templates
    assert example["key_results"][0]["target"] == "95"


async def test_an_example_is_drafted_whole_in_one_write(team: Team):
    head = await team.house.store.head()
    made = await instantiated(team, {"owner": "Head of Care", "team": "care", "level": "team"})
    assert (made["state"], made["level"], made["owner"]) == ("draft", "team", "Head of Care")
    assert [part["owner"] for part in made["key_results"]] == ["Head of Care"] * 3
    assert [part["title"] for part in made["key_results"]] == [
        "Customers content with the answer they got",
        "Questions settled within a working day",
        "Seconds a caller waits",
    ]
    shown = await team.get(f"/v1/objectives/{made['id']}")
    assert {name: made[name] for name in shown} == shown
    log = await team.house.store.read_log(head, 100)
    written = [entry for entry in log if entry.stream.startswith(("objective-", "key_result-"))]
    assert len({entry.recorded_at for entry in written}) == 1


async def test_key_results_are_bound_to_the_kpis_that_have_the_slug(team: Team):
    kpi_id = await team.kpi_defined("call-waiting-time")
    made = await instantiated(team)
    bound = {binding["slug"]: binding for binding in made["bindings"]}
    assert bound["waiting"]["kpi_id"] == str(kpi_id)
    assert bound["satisfaction"] == {
        "key_result_id": made["key_results"][0]["id"],
        "slug": "satisfaction",
        "kpi_template": "customer-satisfaction-score",
        "kpi_id": None,
    }
    assert [part["kpi_id"] for part in made["key_results"]] == [None, None, str(kpi_id)]


async def test_kpis_of_another_tenant_bind_nothing(team: Team):
    await Team(team.house, "somebody-else").kpi_defined("call-waiting-time")
    made = await instantiated(team)
    assert {binding["kpi_id"] for binding in made["bindings"]} == {None}


async def test_own_figures_go_before_those_of_the_example(team: Team):
    made = await instantiated(
        team,
        {"overrides": {"operating-cost": {"baseline": "50"}, "margin": {"target": "12.5"}}},
        "/v1/catalogue/spend-less-lose-nothing",
    )
    figures = [(part["baseline"], part["target"]) for part in made["key_results"]]
    assert figures == [("50", "45.0"), (None, None), ("7.5", "12.5")]


async def test_the_same_example_may_be_taken_again(team: Team):
    cycle_id = await team.cycle()
    for _ in range(2):
        await team.post(f"{CARE}:instantiate", {"cycle_id": cycle_id})
    board = await team.get(f"/v1/cycles/{cycle_id}/board")
    assert len(board["objectives"]) == 2


@pytest.mark.parametrize(
    ("fields", "slug"),
    [
        ({"overrides": {"no-such": {"target": "1"}}}, "unknown-example-key-result"),
        ({"overrides": {"waiting": {"target": "900"}}}, "target-on-wrong-side"),
        ({"cycle_id": str(uuid4())}, "unknown-cycle"),
    ],
)
async def test_what_does_not_fit_is_refused(team: Team, fields: dict[str, Any], slug: str):
    cycle_id = await team.cycle()
    assert await team.refused(f"{CARE}:instantiate", {"cycle_id": cycle_id, **fields}) == slug


async def test_an_unknown_example_is_not_found(team: Team):
    response = await team.send("GET", "/v1/catalogue/be-happy")
    assert response.status_code == 404
    body = {"cycle_id": str(uuid4())}
    assert await team.refused("/v1/catalogue/be-happy:instantiate", body, status=404)


async def test_a_closed_cycle_takes_no_example(team: Team):
    cycle_id = await team.cycle()
    await team.post(f"/v1/cycles/{cycle_id}:close")
    assert await team.refused(f"{CARE}:instantiate", {"cycle_id": cycle_id}) == "cycle-closed"
