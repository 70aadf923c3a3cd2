"""Late readings change a breach that was told: its risks follow."""

import pytest
from helmlog_events.contracts.kpi import KPIThresholdRecovered

from tests.alignment.house import House, at
from tests.alignment.test_risks import AFTER, LATER, WITHIN, bound, told

RAISED, CLEARED = "ObjectiveAtRisk", "RiskCleared"


@pytest.mark.parametrize("batched", [True, False])
async def test_a_breach_that_never_was_is_no_risk(house: House, *, batched: bool):
    kpi_id = await bound(house)
    await house.carry("okr")
    breach = await house.breach(kpi_id, day=WITHIN)
    if not batched:
        await house.settle()
    await house.revision(kpi_id, breach, day=WITHIN, opened=None)
    await house.settle()
    raised = [] if batched else [(RAISED, at(WITHIN)), (CLEARED, at(WITHIN))]
    assert await told(house) == raised
    await house.value(kpi_id, day=LATER)
    await house.key_result(await house.objective(2), kpi_id=kpi_id)
    await house.settle()
    assert await told(house) == raised


async def test_a_breach_that_was_over_and_goes_on_after_all_is_a_risk_again(house: House):
    kpi_id = await bound(house)
    breach = await house.breach(kpi_id, day=WITHIN)
    await house.settle()
    await house.recovery(kpi_id, breach, day=WITHIN + 1)
    await house.settle()
    await house.revision(kpi_id, breach, day=WITHIN + 1, opened=WITHIN)
    await house.settle()
    told_before = [(RAISED, at(WITHIN)), (CLEARED, at(WITHIN + 1)), (RAISED, at(WITHIN + 1))]
    assert await told(house) == told_before
    await house.revision(kpi_id, breach, day=LATER, opened=WITHIN, ended=LATER)
    await house.settle()
    assert await told(house) == [*told_before, (CLEARED, at(LATER))]


async def test_a_breach_that_moves_into_the_cycle_or_out_of_it_is_followed(house: House):
    kpi_id = await bound(house)
    breach = await house.breach(kpi_id, day=AFTER)
    await house.settle()
    assert await told(house) == []
    await house.revision(kpi_id, breach, day=WITHIN, opened=WITHIN)
    await house.settle()
    assert await told(house) == [(RAISED, at(WITHIN))]
    await house.revision(kpi_id, breach, day=WITHIN, opened=AFTER)
    await house.settle()
    assert [kind for kind, _ in await told(house)] == [RAISED, CLEARED]


async def test_a_recovery_by_silence_has_no_value_and_clears_the_risk(house: House):
    kpi_id = await bound(house)
    breach = await house.breach(kpi_id, day=WITHIN)
    silence = KPIThresholdRecovered(
        breach_id=breach,
        kpi_id=kpi_id,
        severity="critical",
        value=None,
        observed_at=at(LATER),
        readings=3,
        cause="silence",
    )
    await house.settle()
    await house.say("kpi", "kpi_breach", kpi_id, silence, day=LATER)
    await house.settle()
    assert await told(house) == [(RAISED, at(WITHIN)), (CLEARED, at(LATER))]
    assert await house.parked() == 0
