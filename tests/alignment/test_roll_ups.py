import asyncio
from decimal import Decimal

from helmlog_events.clock import rfc3339
from helmlog_events.contracts.alignment import RollUpChanged

from tests.alignment.house import House, at
from tests.alignment.revisions import cancel, definition, move, revise_key_result


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


async def last_of(house: House) -> str:
    """How the newest event of the house is named as a cause."""
    return f"okr/{len(await house.okr.read_log(0, 1_000))}"


async def test_another_weight_changes_the_roll_up_and_is_named_as_the_cause(house: House):
    team = await house.objective(1)
    light, heavy = await house.key_result(team), await house.key_result(team)
    await house.progress(light, team, "0.2")
    await house.progress(heavy, team, "0.6")
    await house.settle()
    assert (await house.roll_up(team))["roll_up"] == "0.400000"
    await revise_key_result(house, heavy, team, definition(), definition(weight="2"), day=4)
    await revise_key_result(
        house, heavy, team, definition(weight="2"), definition(weight="3"), day=5
    )
    cause = await last_of(house)
    await revise_key_result(
        house, heavy, team, definition(weight="3"), definition(weight="3", title="Said better")
    )
    await house.settle()
    shown = await house.roll_up(team)
    assert (shown["roll_up"], shown["cause"]) == ("0.500000", cause)
    assert shown["since"] == rfc3339(at(5))
    assert len(await house.said("RollUpChanged")) == 5


async def test_a_moved_key_result_counts_where_it_is_and_no_longer_where_it_was(house: House):
    company, origin, objective = [await house.objective(n) for n in range(3)]
    moved, beside = await house.key_result(origin), await house.key_result(origin)
    await house.progress(moved, origin, "0.8")
    await house.progress(beside, origin, "0.2")
    await house.settle()
    await house.link(objective, company)
    await house.settle()
    assert (await house.roll_up(company))["roll_up"] is None
    await move(house, moved, origin, objective, day=20)
    cause = await last_of(house)
    await house.settle()
    for node, expected in ((origin, "0.200000"), (objective, "0.800000"), (company, "0.800000")):
        shown = await house.roll_up(node)
        assert (shown["roll_up"], shown["cause"]) == (expected, cause)
        assert shown["since"] == rfc3339(at(20))
    assert (await house.roll_up(origin, valid_at=at(19).isoformat()))["roll_up"] == "0.500000"


async def test_a_key_result_moved_on_in_one_batch_leaves_nothing_on_the_way(house: House):
    origin, between, objective = [await house.objective(n) for n in range(3)]
    moved = await house.key_result(origin)
    await house.progress(moved, origin, "0.8")
    await house.settle()
    await move(house, moved, origin, between)
    await move(house, moved, between, objective)
    cause = await last_of(house)
    await house.settle()
    assert (await house.roll_up(origin))["roll_up"] is None
    assert (await house.roll_up(between))["version"] == 0
    shown = await house.roll_up(objective)
    assert (shown["roll_up"], shown["cause"]) == ("0.800000", cause)


async def test_what_contributes_to_a_moved_key_result_counts_there_without_a_gap(house: House):
    origin, objective, team = [await house.objective(n) for n in range(3)]
    moved = await house.key_result(origin)
    await house.progress(await house.key_result(team), team, "0.4")
    await house.settle()
    await house.link(team, moved, target_type="key_result")
    await house.settle()
    await move(house, moved, origin, objective)
    await house.settle()
    assert (await house.roll_up(objective))["roll_up"] == "0.400000"
    assert (await house.roll_up(origin))["roll_up"] is None
    told = [e for e in await house.said("RollUpChanged") if isinstance(e, RollUpChanged)]
    assert [e.roll_up for e in told if e.node.id == moved] == [Decimal("0.400000")]


async def test_a_cancelled_key_result_counts_for_nothing_and_stays_to_be_read(house: House):
    company, team = await house.objective(1), await house.objective(2)
    ended, beside = await house.key_result(team), await house.key_result(team)
    await house.progress(ended, team, "0.8")
    await house.progress(beside, team, "0.2")
    await house.settle()
    await house.link(team, company)
    await house.settle()
    await cancel(house, ended, team, day=9)
    cause = await last_of(house)
    await house.settle()
    for node in (team, company):
        shown = await house.roll_up(node)
        assert (shown["roll_up"], shown["cause"]) == ("0.200000", cause)
    assert [part["id"] for part in (await house.roll_up(team))["parts"]] == [str(beside)]
    assert (await house.roll_up(ended))["roll_up"] == "0.800000"
    await house.progress(ended, team, "0.9", day=10)
    await house.settle()
    assert (await house.roll_up(team))["roll_up"] == "0.200000"


async def test_a_link_from_what_is_not_measured_changes_nothing(house: House):
    company, team, other = [await house.objective(n) for n in range(3)]
    await house.progress(await house.key_result(team), team, "0.4")
    await house.settle()
    await house.link(team, company)
    await house.settle()
    before = len(await house.said("RollUpChanged"))
    made = await house.link(other, company, weight="9")
    await house.settle()
    await house.client.delete(made.headers["Location"])
    await house.settle()
    assert len(await house.said("RollUpChanged")) == before
