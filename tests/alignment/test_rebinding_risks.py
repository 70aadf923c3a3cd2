from datetime import date
from itertools import permutations

import pytest
from helmlog_events.contracts.alignment import ObjectiveAtRisk, RiskCleared
from helmlog_events.ids import new_id

from tests.alignment.house import House, at
from tests.alignment.revisions import (
    cancel,
    definition,
    move,
    revise_cycle,
    revise_key_result,
)
from tests.alignment.test_risks import told

WITHIN, LATER, LATEST = 10, 20, 30


async def test_a_key_result_bound_to_another_kpi_is_at_risk_by_it_from_then_on(house: House):
    old, new, objective = new_id(), new_id(), await house.objective(1)
    key_result = await house.key_result(objective, kpi_id=old)
    await house.breach(new, day=WITHIN)
    await house.settle()
    assert await told(house) == []
    await revise_key_result(
        house, key_result, objective, definition(kpi_id=old), definition(kpi_id=new), day=LATER
    )
    await house.settle()
    assert await told(house) == [("ObjectiveAtRisk", at(LATER))]
    await house.breach(old, day=LATEST)
    await house.settle()
    assert len(await told(house)) == 1


async def test_a_revision_of_something_else_binds_nothing_anew(house: House):
    kpi_id, objective = new_id(), await house.objective(1)
    key_result = await house.key_result(objective, kpi_id=kpi_id)
    before = definition(kpi_id=kpi_id)
    after = before.model_copy(update={"title": "Said better"})
    await revise_key_result(house, key_result, objective, before, after, day=LATER)
    await house.breach(kpi_id, day=WITHIN)
    await house.settle()
    assert await told(house) == [("ObjectiveAtRisk", at(WITHIN))]


@pytest.mark.parametrize("own_log_follows", [True, False])
async def test_unbinding_leaves_the_risk_until_the_old_kpi_recovers(
    house: House, own_log_follows: bool
):
    kpi_id, objective = new_id(), await house.objective(1)
    key_result = await house.key_result(objective, kpi_id=kpi_id)
    await house.carry("okr")
    breach = await house.breach(kpi_id, day=WITHIN)
    await house.carry("kpi")
    await revise_key_result(
        house, key_result, objective, definition(kpi_id=kpi_id), definition(), day=WITHIN + 1
    )
    await house.carry("okr")
    if own_log_follows:
        await house.carry("alignment")
    assert await told(house) == [("ObjectiveAtRisk", at(WITHIN))]
    await house.recovery(kpi_id, breach, day=LATER)
    await house.carry("kpi")
    await house.settle()
    assert await told(house) == [("ObjectiveAtRisk", at(WITHIN)), ("RiskCleared", at(LATER))]
    await house.breach(kpi_id, day=LATEST)
    await house.settle()
    assert len(await told(house)) == 2


async def test_a_moved_key_result_takes_its_risk_along(house: House):
    kpi_id = new_id()
    origin, objective = await house.objective(1), await house.objective(2)
    key_result = await house.key_result(origin, kpi_id=kpi_id)
    breach = await house.breach(kpi_id, day=WITHIN)
    await house.settle()
    await move(house, key_result, origin, objective, day=LATER)
    await house.settle()
    first, *others = await house.said("ObjectiveAtRisk", "RiskCleared")
    raised = next(event for event in others if isinstance(event, ObjectiveAtRisk))
    cleared = next(event for event in others if isinstance(event, RiskCleared))
    assert isinstance(first, ObjectiveAtRisk)
    assert first.objective_id == cleared.objective_id == origin
    assert raised.objective_id == objective
    assert {moment for _, moment in (await told(house))[1:]} == {at(LATER)}
    await house.recovery(kpi_id, breach, day=LATEST)
    await house.settle()
    assert (await told(house))[3:] == [("RiskCleared", at(LATEST))]


async def test_a_key_result_moved_back_brings_the_risk_back(house: House):
    kpi_id = new_id()
    origin, objective = await house.objective(1), await house.objective(2)
    key_result = await house.key_result(origin, kpi_id=kpi_id)
    breach = await house.breach(kpi_id, day=WITHIN)
    await house.settle()
    await move(house, key_result, origin, objective, day=LATER)
    await house.settle()
    await move(house, key_result, objective, origin, day=LATER + 1)
    await house.settle()
    graph = (await house.client.get(f"/v1/cycles/{house.cycle}/graph")).json()
    shown = {node["id"] for node in graph["nodes"] if node["at_risk"]}
    assert shown == {str(origin), str(key_result)}
    await house.recovery(kpi_id, breach, day=LATEST)
    await house.settle()
    graph = (await house.client.get(f"/v1/cycles/{house.cycle}/graph")).json()
    assert not any(node["at_risk"] for node in graph["nodes"])


@pytest.mark.parametrize("another", [True, False])
async def test_a_cancelled_key_result_takes_the_risk_with_it_unless_another_hangs_on_the_kpi(
    house: House, another: bool
):
    kpi_id, objective = new_id(), await house.objective(1)
    key_result = await house.key_result(objective, kpi_id=kpi_id)
    if another:
        await house.key_result(objective, kpi_id=kpi_id)
    await house.breach(kpi_id, day=WITHIN)
    await house.settle()
    await cancel(house, key_result, objective, day=LATER)
    await house.settle()
    raised = ("ObjectiveAtRisk", at(WITHIN))
    assert await told(house) == ([raised] if another else [raised, ("RiskCleared", at(LATER))])
    await house.breach(kpi_id, day=LATEST)
    await house.settle()
    assert len(await told(house)) == 2


@pytest.mark.parametrize("order", list(permutations(["cycle", "key_result", "kpi_breach"])))
async def test_a_binding_revised_before_it_is_heard_counts_as_it_is_now(
    house: House, order: tuple[str, ...]
):
    await house.settle()
    cycle, old, new = new_id(), new_id(), new_id()
    await house.open_cycle(cycle)
    objective = await house.objective(1, cycle=cycle)
    key_result = await house.key_result(objective, kpi_id=old, cycle=cycle)
    await revise_key_result(
        house, key_result, objective, definition(kpi_id=old), definition(kpi_id=new), day=1
    )
    await house.breach(new, day=WITHIN)
    await house.breach(old, day=WITHIN)
    events = [*await house.pending("okr"), *await house.pending("kpi")]
    for category in order:
        await house.apply([e for e in events if e.record.stream.startswith(f"{category}-")])
    assert await told(house) == [("ObjectiveAtRisk", at(WITHIN))]


async def test_a_cycle_revised_to_reach_a_breach_is_at_risk_by_it(house: House):
    kpi_id = new_id()
    await house.key_result(await house.objective(1), kpi_id=kpi_id)
    await house.breach(kpi_id, day=95)
    await house.settle()
    assert await told(house) == []
    await revise_cycle(house, house.cycle, date(2026, 1, 1), date(2026, 4, 30))
    await house.settle()
    assert await told(house) == [("ObjectiveAtRisk", at(95))]
