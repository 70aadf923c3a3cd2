"""A KPI's value moves the key results bound to it: from kpi-service's log into this one."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from helmlog_events.contracts.okr import KeyResultUpdated
from helmlog_events.ids import stream_id

from tests.okr.house import Team, instant

NOVEMBER = instant("2019-11-15T00:00:00")


async def bound(team: Team, kpi_id, **cycle):
    return await team.key_result(
        await team.objective(await team.cycle(**cycle)), kpi_id=str(kpi_id)
    )


async def test_a_value_moves_the_key_results_bound_to_its_kpi(team: Team):
    kpi_id = uuid4()
    key_results = [await bound(team, kpi_id, name=name) for name in ("one", "two")]
    other = await bound(team, uuid4(), name="three")
    await team.get("/v1/cycles")
    record = await team.kpi_says(kpi_id, "27", NOVEMBER)
    for key_result_id in key_results:
        shown = await team.get(f"/v1/key-results/{key_result_id}")
        assert (shown["value"], shown["progress"], shown["kpi_id"]) == (
            "27",
            "0.384615",
            str(kpi_id),
        )
        events = await team.house.store.read_stream(
            team.tenant, stream_id("key_result", key_result_id)
        )
        moved = events[-1]
        assert isinstance(moved.event, KeyResultUpdated)
        assert (moved.event.source, moved.event.cause) == ("kpi", f"kpi/{record.seq}")
        assert (moved.occurred_at, moved.actor) == (NOVEMBER, "system:follow-kpi")
        assert f'"causation_id":"kpi/{record.seq}"' in moved.metadata
    assert (await team.get(f"/v1/key-results/{other}"))["value"] is None


@pytest.mark.parametrize("together", [True, False])
async def test_values_move_one_after_the_other_also_when_they_come_together(
    team: Team, *, together: bool
):
    kpi_id = uuid4()
    key_result_id = await bound(team, kpi_id)
    await team.get("/v1/cycles")
    told = [
        (kpi_id, value, NOVEMBER + timedelta(days=day))
        for day, value in ((0, "25"), (2, "30"), (1, "28"))
    ]
    if together:
        await team.kpis_say(*told)
    else:
        for one in told:
            await team.kpis_say(one)
    path = f"/v1/key-results/{key_result_id}"
    shown = await team.get(path)
    assert (shown["value"], shown["version"]) == ("30", 4)
    late = await team.get(path, valid_at=(NOVEMBER + timedelta(days=1)).isoformat())
    assert late["value"] == "28"


async def test_values_outside_the_cycle_move_nothing(team: Team):
    kpi_id = uuid4()
    key_result_id = await bound(team, kpi_id, timezone="Pacific/Auckland")
    await team.get("/v1/cycles")
    last = instant("2020-01-31T11:00:00") - timedelta(microseconds=1)
    await team.kpi_says(kpi_id, "30", last + timedelta(microseconds=1))
    await team.kpi_says(kpi_id, "23", instant("2019-10-31T10:59:59"))
    assert (await team.get(f"/v1/key-results/{key_result_id}"))["value"] is None
    await team.kpi_says(kpi_id, "27", last)
    assert (await team.get(f"/v1/key-results/{key_result_id}"))["value"] == "27"


async def test_a_closed_cycle_is_not_moved_any_more(team: Team):
    kpi_id = uuid4()
    cycle_id = await team.cycle()
    key_result_id = await team.key_result(await team.objective(cycle_id), kpi_id=str(kpi_id))
    await team.post(f"/v1/cycles/{cycle_id}:close")
    await team.get("/v1/cycles")
    await team.kpi_says(kpi_id, "27", NOVEMBER)
    assert (await team.get(f"/v1/key-results/{key_result_id}"))["value"] is None


async def test_a_key_result_bound_later_starts_with_what_its_kpi_last_said(team: Team):
    kpi_id = uuid4()
    cycle_id = await team.cycle()
    record = await team.kpi_says(kpi_id, "27", NOVEMBER)
    key_result_id = await team.key_result(await team.objective(cycle_id), kpi_id=str(kpi_id))
    await team.get("/v1/cycles")
    shown = await team.get(f"/v1/key-results/{key_result_id}")
    assert (shown["value"], shown["version"]) == ("27", 2)
    events = await team.house.store.read_stream(team.tenant, stream_id("key_result", key_result_id))
    assert events[-1].event.cause == f"kpi/{record.seq}"


async def test_the_kpi_of_another_tenant_moves_nothing(team: Team):
    kpi_id = uuid4()
    key_result_id = await bound(team, kpi_id)
    await team.get("/v1/cycles")
    await Team(team.house, f"{team.tenant}-b").kpi_says(kpi_id, "27", NOVEMBER)
    assert (await team.get(f"/v1/key-results/{key_result_id}"))["value"] is None
