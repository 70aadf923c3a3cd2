import asyncio

import pytest
from helmlog_events.contracts.alignment import ObjectiveAtRisk, RiskCleared
from helmlog_events.ids import new_id

from tests.alignment.house import House


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
    await house.open_cycle()
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
