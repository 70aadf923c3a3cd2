import asyncio
from decimal import Decimal

from helmlog_events.clock import rfc3339
from helmlog_events.contracts.alignment import RollUpChanged

from tests.alignment.house import House, at


async def test_a_roll_up_moves_when_a_key_result_moves_and_says_why(house: House):
    company, team = await house.objective(1), await house.objective(2)
    measured = await house.key_result(team)
    await house.settle()
    assert (await house.link(team, company)).status_code == 201
    await house.settle()
    await house.progress(measured, team, "0.4")
    await house.settle()
    for node in (measured, team, company):
        assert (await house.roll_up(node))["roll_up"] == "0.400000"
    seq = len(await house.okr.read_log(0, 100))
    assert (await house.roll_up(company))["cause"] == f"okr/{seq}"


async def test_a_link_counts_from_the_moment_it_is_added_until_it_is_removed(house: House):
    company, first, second = [await house.objective(n) for n in range(3)]
    for team, value in ((first, "0.2"), (second, "0.8")):
        await house.progress(await house.key_result(team), team, value)
    await house.settle()
    await house.link(first, company)
    heavy = await house.link(second, company, weight="3")
    await house.settle()
    shown = await house.roll_up(company)
    assert shown["roll_up"] == "0.650000"
    assert [part["weight"] for part in shown["parts"]] == ["1", "3"]
    assert (await house.client.delete(f"/v1/links/{heavy.json()['id']}")).status_code == 204
    await house.settle()
    assert (await house.roll_up(company))["roll_up"] == "0.200000"


async def test_supports_does_not_count(house: House):
    company, team = await house.objective(1), await house.objective(2)
    await house.progress(await house.key_result(team), team, "0.4")
    await house.settle()
    await house.link(team, company, kind="supports")
    await house.settle()
    assert (await house.roll_up(company))["roll_up"] is None


async def test_an_unmeasured_key_result_takes_what_contributes_to_it(house: House):
    company, team = await house.objective(1), await house.objective(2)
    unmeasured = await house.key_result(company)
    await house.progress(await house.key_result(team), team, "0.4")
    await house.settle()
    await house.link(team, unmeasured, target_type="key_result")
    await house.settle()
    assert (await house.roll_up(company))["roll_up"] == "0.400000"
    await house.progress(unmeasured, company, "0.9")
    await house.settle()
    assert (await house.roll_up(company))["roll_up"] == "0.900000"


async def test_nothing_is_said_when_no_roll_up_changes(house: House):
    team = await house.objective(1)
    measured = await house.key_result(team)
    await house.progress(measured, team, "0.4")
    await house.progress(measured, team, "0.4000001", day=2)
    await house.settle()
    assert len(await house.said("RollUpChanged")) == 2


async def test_each_value_is_said_with_the_event_that_gave_it(house: House):
    team = await house.objective(1)
    measured = await house.key_result(team)
    await house.progress(measured, team, "0.2", day=3)
    await house.progress(measured, team, "0.7", day=5)
    await house.settle()
    shown = await house.roll_up(team)
    assert (shown["cause"], shown["since"]) == ("okr/5", rfc3339(at(5)))


async def test_a_batch_of_changes_ends_with_the_last_one(house: House):
    team = await house.objective(1)
    measured = [await house.key_result(team) for _ in range(3)]
    for day, value in enumerate(("0.1", "0.2", "0.9"), start=1):
        for key_result in measured:
            await house.progress(key_result, team, value, day=day)
    await house.settle()
    assert (await house.roll_up(team))["roll_up"] == "0.900000"
    changes = [e for e in await house.said("RollUpChanged") if isinstance(e, RollUpChanged)]
    chain = [(e.previous, e.roll_up) for e in changes if e.node.id == team]
    assert [before for before, _ in chain] == [None, *(after for _, after in chain[:-1])]


async def test_a_late_value_for_an_earlier_day_does_not_replace_the_current_one(house: House):
    team = await house.objective(1)
    measured = await house.key_result(team)
    await house.progress(measured, team, "0.5", day=10)
    await house.settle()
    await house.progress(measured, team, "0.1", day=4)
    await house.settle()
    assert (await house.roll_up(team))["roll_up"] == "0.500000"


async def test_a_roll_up_is_read_as_of_two_times(house: House):
    team = await house.objective(1)
    measured = await house.key_result(team)
    await house.progress(measured, team, "0.3", day=1)
    await house.settle()
    between = (await house.roll_up(team))["recorded_at"]
    await house.progress(measured, team, "0.6", day=20)
    await house.settle()
    assert (await house.roll_up(team, valid_at=at(10).isoformat()))["roll_up"] == "0.300000"
    assert (await house.roll_up(team, known_at=between))["roll_up"] == "0.300000"
    assert (await house.roll_up(team, valid_at=at(0).isoformat()))["roll_up"] is None
    assert (await house.roll_up(team))["roll_up"] == "0.600000"


async def test_two_halves_that_arrive_at_the_same_time_are_both_counted(house: House):
    team = await house.objective(1)
    measured = [await house.key_result(team) for _ in range(4)]
    await house.settle()
    for round_ in range(10):
        values = [Decimal(round_ + n) / 20 for n in range(4)]
        for key_result, value in zip(measured, values, strict=True):
            await house.progress(key_result, team, str(value), day=round_)
        events = await house.pending("okr")
        # As four consumers of four partitions would.
        await asyncio.gather(*(house.apply([event]) for event in events))
        house.carried["okr"] = events[-1].record.seq
        expected = (sum(values) / 4).quantize(Decimal("0.000001"))
        assert (await house.roll_up(team))["roll_up"] == str(expected)


async def test_what_a_backfilled_link_adds_up_is_true_as_of_its_own_time(house: House):
    company, team = await house.objective(1), await house.objective(2)
    measured = await house.key_result(team)
    await house.settle()
    await house.link(team, company)
    await house.progress(measured, team, "0.4", day=10)
    await house.settle()
    shown = await house.roll_up(company, valid_at=at(11).isoformat())
    assert (shown["roll_up"], shown["since"]) == ("0.400000", rfc3339(at(10)))


async def test_a_roll_up_is_true_no_earlier_than_what_it_is_made_of(house: House):
    company, team = await house.objective(1), await house.objective(2)
    await house.progress(await house.key_result(team), team, "0.4", day=10)
    await house.settle()
    assert (await house.link(team, company)).status_code == 201
    await house.settle()
    assert (await house.roll_up(company))["since"] == rfc3339(at(10))
    assert (await house.roll_up(company, valid_at=at(9).isoformat()))["roll_up"] is None
