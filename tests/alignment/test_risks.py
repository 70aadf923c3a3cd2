import asyncio
from datetime import datetime
from itertools import permutations
from uuid import UUID

import pytest
from helmlog_events.contracts.alignment import ObjectiveAtRisk, RiskCleared
from helmlog_events.ids import new_id

from tests.alignment.house import House, at

BEFORE, WITHIN, LATER, AFTER = -10, 10, 20, 90
"""Days: the cycle of the house is the first quarter, and day 0 its first."""


async def bound(house: House) -> UUID:
    """A KPI that an objective hangs on."""
    kpi_id = new_id()
    await house.key_result(await house.objective(1), kpi_id=kpi_id)
    return kpi_id


async def told(house: House) -> list[tuple[str, datetime]]:
    """What was said of risks, and since when it is true."""
    return [
        (record.type, record.occurred_at)
        for record in await house.store.read_log(0, 10_000)
        if record.type in {"ObjectiveAtRisk", "RiskCleared"}
    ]


@pytest.mark.parametrize("order", [("okr", "kpi"), ("kpi", "okr")])
async def test_a_breach_puts_the_objective_at_risk_whichever_log_is_heard_first(
    house: House, order: tuple[str, str]
):
    kpi_id, objective = new_id(), await house.objective(1)
    bound = await house.key_result(objective, kpi_id=kpi_id)
    breach = await house.breach(kpi_id)
    for source in order:
        await house.carry(source)
    (risk,) = await house.said("ObjectiveAtRisk")
    assert isinstance(risk, ObjectiveAtRisk)
    assert (risk.objective_id, risk.key_result_id, risk.breach_id) == (objective, bound, breach)


async def test_breach_and_binding_at_the_same_moment_do_not_miss_each_other(house: House):
    for _ in range(20):
        kpi_id, objective = new_id(), await house.objective(1)
        await house.key_result(objective, kpi_id=kpi_id)
        await house.breach(kpi_id)
        await asyncio.gather(house.carry("okr"), house.carry("kpi"))
    risks = await house.said("ObjectiveAtRisk")
    assert len(risks) == 20


async def test_recovery_clears_the_risk(house: House):
    kpi_id, objective = new_id(), await house.objective(1)
    await house.key_result(objective, kpi_id=kpi_id)
    await house.carry("okr")
    await house.recovery(kpi_id, await house.breach(kpi_id))
    await house.settle()
    raised, cleared = await house.said("ObjectiveAtRisk", "RiskCleared")
    assert isinstance(raised, ObjectiveAtRisk)
    assert isinstance(cleared, RiskCleared)


async def test_two_key_results_on_one_breach_are_one_risk(house: House):
    kpi_id, objective = new_id(), await house.objective(1)
    for _ in range(2):
        await house.key_result(objective, kpi_id=kpi_id)
    await house.breach(kpi_id)
    await house.settle()
    assert len(await house.said("ObjectiveAtRisk")) == 1


async def test_the_graph_shows_the_objective_at_risk_until_it_is_cleared(house: House):
    kpi_id, objective = new_id(), await house.objective(1)
    await house.key_result(objective, kpi_id=kpi_id)
    breach = await house.breach(kpi_id)
    await house.settle()

    async def at_risk() -> bool:
        graph = (await house.client.get(f"/v1/cycles/{house.cycle}/graph")).json()
        (node,) = [node for node in graph["nodes"] if node["type"] == "objective"]
        return bool(node["at_risk"])

    assert await at_risk()
    await house.recovery(kpi_id, breach)
    await house.settle()
    assert not await at_risk()


async def test_a_breach_outside_the_cycle_is_no_risk_to_it(house: House):
    kpi_id = await bound(house)
    for opened, ended in ((BEFORE, BEFORE + 1), (AFTER, AFTER + 1)):
        await house.recovery(kpi_id, await house.breach(kpi_id, day=opened), day=ended)
    await house.breach(kpi_id, day=AFTER + 2)
    await house.value(kpi_id, day=AFTER + 2)
    await house.settle()
    assert await told(house) == []


async def test_a_breach_that_goes_on_into_the_cycle_is_a_risk_from_its_start(house: House):
    kpi_id = await bound(house)
    breach = await house.breach(kpi_id, day=BEFORE)
    await house.settle()
    await house.value(kpi_id, day=BEFORE + 1)
    await house.settle()
    assert await told(house) == []
    await house.value(kpi_id, day=WITHIN)
    await house.value(kpi_id, day=LATER)
    await house.settle()
    (raised,) = await house.said("ObjectiveAtRisk")
    assert isinstance(raised, ObjectiveAtRisk)
    assert (raised.since, raised.cause) == (at(BEFORE), "kpi/3")
    await house.recovery(kpi_id, breach, day=LATER + 1)
    await house.settle()
    assert await told(house) == [("ObjectiveAtRisk", at(0)), ("RiskCleared", at(LATER + 1))]


async def test_a_value_within_the_cycle_names_itself_whatever_comes_in_the_same_batch(
    house: House,
):
    kpi_id = await bound(house)
    await house.carry("okr")
    await house.breach(kpi_id, day=BEFORE)
    await house.settle()
    for day in (BEFORE + 1, WITHIN, LATER):
        await house.value(kpi_id, day=day)
    await house.settle()
    (raised,) = await house.said("ObjectiveAtRisk")
    assert isinstance(raised, ObjectiveAtRisk)
    assert raised.cause == "kpi/3"


async def test_a_breach_that_ended_within_the_cycle_before_any_value_was_told_was_a_risk(
    house: House,
):
    kpi_id = await bound(house)
    await house.recovery(kpi_id, await house.breach(kpi_id, day=BEFORE), day=WITHIN)
    await house.settle()
    assert await told(house) == [("ObjectiveAtRisk", at(0)), ("RiskCleared", at(WITHIN))]


@pytest.mark.parametrize(
    "order", list(permutations(["cycle", "key_result", "kpi_breach", "kpi_value"]))
)
async def test_it_does_not_matter_which_of_the_streams_is_heard_first(
    house: House, order: tuple[str, ...]
):
    await house.settle()
    cycle, kpi_id = new_id(), new_id()
    await house.open_cycle(cycle)
    objective = await house.objective(1, cycle=cycle)
    await house.key_result(objective, kpi_id=kpi_id, cycle=cycle)
    await house.breach(kpi_id, day=BEFORE)
    await house.value(kpi_id, day=WITHIN)
    events = [*await house.pending("okr"), *await house.pending("kpi")]
    for category in order:
        await house.apply([e for e in events if e.record.stream.startswith(f"{category}-")])
    assert await told(house) == [("ObjectiveAtRisk", at(0))]


@pytest.mark.parametrize("order", list(permutations(["cycle", "key_result", "kpi_breach"])))
async def test_a_risk_that_is_over_when_its_cycle_is_heard_of_is_told_like_any_other(
    house: House, order: tuple[str, ...]
):
    await house.settle()
    cycle, kpi_id = new_id(), new_id()
    await house.open_cycle(cycle)
    objective = await house.objective(1, cycle=cycle)
    await house.key_result(objective, kpi_id=kpi_id, cycle=cycle)
    await house.recovery(kpi_id, await house.breach(kpi_id, day=WITHIN), day=LATER)
    events = [*await house.pending("okr"), *await house.pending("kpi")]
    for category in order:
        await house.apply([e for e in events if e.record.stream.startswith(f"{category}-")])
    assert await told(house) == [("ObjectiveAtRisk", at(WITHIN)), ("RiskCleared", at(LATER))]


async def test_what_was_over_when_the_binding_was_made_is_no_risk(house: House):
    kpi_id = new_id()
    await house.recovery(kpi_id, await house.breach(kpi_id, day=WITHIN), day=LATER)
    await house.settle()
    await house.key_result(await house.objective(1), kpi_id=kpi_id)
    await house.settle()
    assert await told(house) == []


async def test_a_cycle_begins_where_it_lives(house: House):
    cycle, kpi_id = new_id(), new_id()
    day = at(0).date()
    await house.open_cycle(cycle, starts_on=day, ends_on=day, timezone="Pacific/Auckland")
    objective = await house.objective(1, cycle=cycle)
    await house.key_result(objective, kpi_id=kpi_id, cycle=cycle)
    await house.breach(kpi_id, day=0)
    await house.settle()
    assert len(await told(house)) == 1  # midnight in UTC is 13:00 of the same day there
    await house.breach(kpi_id, day=1)
    await house.settle()
    assert len(await told(house)) == 1


async def test_a_key_result_is_at_risk_through_its_own_kpi_not_by_its_progress(house: House):
    kpi_id, objective = new_id(), await house.objective(1)
    hanging = {await house.key_result(objective, kpi_id=kpi_id) for _ in range(2)}
    beside = await house.key_result(objective)
    await house.progress(beside, objective, "0.1", status="at_risk")
    await house.breach(kpi_id)
    await house.settle()
    graph = (await house.client.get(f"/v1/cycles/{house.cycle}/graph")).json()
    shown = {node["id"] for node in graph["nodes"] if node["at_risk"]}
    assert shown == {str(objective), *map(str, hanging)}


async def test_a_recovery_heard_after_a_later_value_clears_what_never_was_at_its_start(
    house: House,
):
    kpi_id = await bound(house)
    await house.carry("okr")
    await house.recovery(kpi_id, await house.breach(kpi_id, day=BEFORE), day=BEFORE + 1)
    await house.value(kpi_id, day=WITHIN)
    breach, recovery, value = await house.pending("kpi")
    for event in (breach, value, recovery):
        await house.apply([event])
    assert await told(house) == [("ObjectiveAtRisk", at(0)), ("RiskCleared", at(0))]


async def test_cycle_and_breach_at_the_same_moment_do_not_miss_each_other(house: House):
    await house.settle()
    for _ in range(10):
        cycle, kpi_id = new_id(), new_id()
        objective = await house.objective(1, cycle=cycle)
        await house.key_result(objective, kpi_id=kpi_id, cycle=cycle)
        await house.settle()
        await house.open_cycle(cycle)
        await house.breach(kpi_id)
        await asyncio.gather(house.carry("okr"), house.carry("kpi"))
    assert len(await house.said("ObjectiveAtRisk")) == 10
