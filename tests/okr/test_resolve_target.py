"""A relative target becomes numbers from its KPI's history, in whichever order things are told."""

from __future__ import annotations

from datetime import timedelta
from itertools import permutations
from uuid import UUID, uuid4

import pytest
from helmlog_events.contracts.okr import KeyResultTargetResolved
from helmlog_events.ids import stream_id

from tests.okr.house import Team, instant

START = instant("2019-11-01T00:00:00")
RELATIVE = {
    "baseline": None,
    "target": None,
    "relative": {"change": "20", "measured_in": "percent"},
}


async def plan(team: Team, kpi_id: UUID, **fields) -> tuple[str, str]:
    """A planned cycle, and a key result in it that is told relatively."""
    cycle_id = await team.cycle(active=False)
    objective_id = await team.objective(cycle_id)
    key_result_id = await team.key_result(objective_id, **RELATIVE, kpi_id=str(kpi_id), **fields)
    return cycle_id, key_result_id


async def shown(team: Team, key_result_id: str):
    await team.settle()
    return await team.get(f"/v1/key-results/{key_result_id}")


async def reason(team: Team, key_result_id: str) -> str:
    explained = await team.get(f"/v1/key-results/{key_result_id}/explain")
    return explained["values"][0]["rule"]


async def test_it_is_resolved_when_the_cycle_starts_and_both_forms_are_kept(team: Team):
    kpi_id = uuid4()
    cycle_id, key_result_id = await plan(team, kpi_id)
    await team.kpi_says(kpi_id, "90", START - timedelta(days=9))
    record = await team.kpi_says(kpi_id, "100", START - timedelta(hours=1))
    planned = await shown(team, key_result_id)
    assert (planned["target"], planned["relative"]["resolution"]) == (None, "cycle-not-started")
    assert await reason(team, key_result_id) == "cycle-not-started"

    await team.post(f"/v1/cycles/{cycle_id}:activate")
    resolved = await shown(team, key_result_id)
    assert (resolved["baseline"], resolved["target"]) == ("100", "120")
    assert resolved["relative"] == {
        "change": "20",
        "measured_in": "percent",
        "basis": "before_cycle",
        "resolution": "resolved",
        "basis_value": "100",
        "basis_observed_at": "2019-10-31T23:00:00.000000Z",
    }
    events = await team.house.store.read_stream(team.tenant, stream_id("key_result", key_result_id))
    told = events[-1]
    assert isinstance(told.event, KeyResultTargetResolved)
    assert (told.occurred_at, told.actor) == (START, "system:resolve-target")
    assert told.event.cause == f"kpi/{record.seq}"

    values = (await team.get(f"/v1/key-results/{key_result_id}/explain"))["values"]
    assert values[0]["formula"] == "100 + 100 * 20 / 100 = 120"
    assert values[0]["events"][-1]["reference"] == f"kpi/{record.seq}"


ORDERS = list(permutations(("activate", "before", "within")))


@pytest.mark.parametrize("order", ORDERS, ids="-".join)
async def test_the_order_in_which_it_becomes_known_does_not_matter(team: Team, order):
    kpi_id = uuid4()
    cycle_id, key_result_id = await plan(team, kpi_id)
    for step in order:
        match step:
            case "activate":
                await team.post(f"/v1/cycles/{cycle_id}:activate")
                await team.settle()
            case "before":
                await team.kpi_says(kpi_id, "100", START - timedelta(days=1))
            case "within":
                await team.kpi_says(kpi_id, "110", START + timedelta(days=20))
    found = await shown(team, key_result_id)
    assert (found["target"], found["value"], found["progress"]) == ("120", "110", "0.500000")


async def test_a_key_result_added_or_changed_later_is_resolved_at_once(team: Team):
    kpi_id = uuid4()
    await team.kpi_says(kpi_id, "100", START - timedelta(days=1))
    await team.kpi_says(kpi_id, "110", START + timedelta(days=20))
    objective_id = await team.objective(await team.cycle())
    key_result_id = await team.key_result(objective_id, **RELATIVE, kpi_id=str(kpi_id))
    assert (await shown(team, key_result_id))["progress"] == "0.500000"

    change = {"relative": {"change": "40", "measured_in": "units"}, "reason": "more is possible"}
    response = await team.send("PATCH", f"/v1/key-results/{key_result_id}", change)
    assert response.json()["target"] is None
    found = await shown(team, key_result_id)
    assert (found["target"], found["progress"]) == ("140", "0.250000")


async def test_a_year_before_is_another_basis(team: Team):
    kpi_id = uuid4()
    await team.kpi_says(kpi_id, "50", START - timedelta(days=366))
    await team.kpi_says(kpi_id, "100", START - timedelta(days=1))
    year = {**RELATIVE["relative"], "basis": "year_before"}
    objective_id = await team.objective(await team.cycle())
    key_result_id = await team.key_result(
        objective_id, **{**RELATIVE, "relative": year}, kpi_id=str(kpi_id)
    )
    assert (await shown(team, key_result_id))["target"] == "60"


@pytest.mark.parametrize(
    ("values", "why"), [([], "no-history"), (["0"], "basis-is-zero"), (["-10"], "wrong-way")]
)
async def test_without_a_usable_basis_it_waits_and_says_why(team: Team, values, why):
    kpi_id = uuid4()
    cycle_id, key_result_id = await plan(team, kpi_id)
    for value in values:
        await team.kpi_says(kpi_id, value, START - timedelta(days=1))
    await team.post(f"/v1/cycles/{cycle_id}:activate")
    found = await shown(team, key_result_id)
    assert (found["target"], found["relative"]["resolution"]) == (None, "no-usable-basis")
    assert await reason(team, key_result_id) == why
    path = f"/v1/key-results/{key_result_id}/check-ins"
    told = {"value": 1, "correction_reason": "the feed was late"}
    assert await team.refused(path, told) == "target-not-resolved"
    said = await team.check_in(key_result_id, narrative="we wait for the first month")
    assert said["key_result"]["narrative"] == "we wait for the first month"

    await team.kpi_says(kpi_id, "100", START - timedelta(hours=1))
    assert (await shown(team, key_result_id))["target"] == "120"


async def test_the_past_is_read_by_the_numbers_it_had(team: Team):
    kpi_id = uuid4()
    cycle_id, key_result_id = await plan(team, kpi_id)
    await team.kpi_says(kpi_id, "100", START - timedelta(days=1))
    await team.post(f"/v1/cycles/{cycle_id}:activate")
    await team.kpi_says(kpi_id, "110", START + timedelta(days=20))
    board = await team.get(f"/v1/cycles/{cycle_id}/board", valid_at="2019-11-10T00:00:00Z")
    (part,) = board["objectives"][0]["key_results"]
    assert (part["target"], part["value"]) == ("120", None)
    assert part == await team.get(
        f"/v1/key-results/{key_result_id}", valid_at="2019-11-10T00:00:00Z"
    )
