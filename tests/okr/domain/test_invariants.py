"""What holds for every key result, whatever its numbers."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from uuid import UUID

from helmlog_events.contracts.okr import CurvePoint, KeyResultDefinition, Milestone
from hypothesis import given
from hypothesis import strategies as st
from okr_service.domain.arithmetic import clamp, rounded
from okr_service.domain.key_result.commands import CheckIn
from okr_service.domain.key_result.decide import decide
from okr_service.domain.key_result.expectation import expected_progress
from okr_service.domain.key_result.measures import Decrease, Increase, StayWithin
from okr_service.domain.key_result.progress import travelled
from okr_service.domain.key_result.readings import (
    Reading,
    Readings,
    share_of_readings,
    share_of_time,
    time_inside,
)
from okr_service.domain.key_result.state import KeyResult, evolve_existing
from okr_service.domain.status import Measured, combine

from tests.okr.domain.examples import (
    END,
    KEY_RESULT_ID,
    START,
    a_cycle,
    a_key_result,
    added,
    an_objective,
    definition,
)

CYCLE = a_cycle()
COURSE = CYCLE.facts.course
MICROSECOND = timedelta(microseconds=1)

numbers = st.decimals(-(10**9), 10**9, places=4)
shares = st.decimals(0, 1, places=6)
weights = st.decimals("0.001", 1000, places=3)
moments = st.datetimes(START.replace(tzinfo=None), (END - MICROSECOND).replace(tzinfo=None)).map(
    lambda moment: moment.replace(tzinfo=START.tzinfo)
)
days = st.integers(0, 88).map(lambda number: date(2026, 1, 1) + timedelta(days=number))


@st.composite
def ways(draw: st.DrawFn) -> tuple[Decimal, Decimal]:
    """From a lower number to a higher one."""
    lower, higher = sorted(draw(st.lists(numbers, min_size=2, max_size=2, unique=True)))
    return lower, higher


@st.composite
def curves(draw: st.DrawFn) -> KeyResultDefinition:
    """An increase that is expected on a curve."""
    on = sorted(draw(st.lists(days, max_size=6, unique=True)))
    values = sorted(draw(st.lists(st.integers(22, 35), min_size=len(on), max_size=len(on))))
    points = (
        CurvePoint(on=day, value=Decimal(value)) for day, value in zip(on, values, strict=True)
    )
    return definition("increase", baseline=22, target=35, curve=tuple(points))


@st.composite
def dated_milestones(draw: st.DrawFn) -> KeyResultDefinition:
    due = draw(st.lists(st.none() | days, min_size=1, max_size=5))
    steps = (
        Milestone(name=str(number), weight=draw(weights), due_on=day)
        for number, day in enumerate(due)
    )
    return definition("milestone", milestones=tuple(steps))


@st.composite
def straight(draw: st.DrawFn) -> KeyResultDefinition:
    return definition("stay_above", lower=1, due_on=draw(st.none() | days))


@given(ways(), numbers, numbers)
def test_more_is_never_less_of_an_increase_and_never_more_of_a_decrease(way, one, other):
    lower, higher = sorted((one, other))
    up, down = Increase(*way), Decrease(*reversed(way))
    assert travelled(up, lower) <= travelled(up, higher)
    assert travelled(down, lower) >= travelled(down, higher)


@given(ways(), numbers)
def test_down_is_the_mirror_of_up(way, value):
    baseline, target = way
    assert travelled(Increase(baseline, target), value) == travelled(
        Decrease(-baseline, -target), -value
    )


@given(ways(), numbers)
def test_what_is_shown_is_a_share(way, value):
    assert 0 <= clamp(travelled(Increase(*way), value)) <= 1


@given(
    st.lists(st.tuples(weights, shares), min_size=1, max_size=8),
    st.decimals("0.01", 100, places=2),
)
def test_weights_of_an_objective_matter_only_among_themselves(parts, factor):
    def mean(scale: Decimal) -> Measured | None:
        return combine((weight * scale, Measured(share, START)) for weight, share in parts)

    assert mean(Decimal(1)) == mean(factor)


@given(st.lists(st.tuples(weights, shares), min_size=1, max_size=8))
def test_an_objective_lies_between_its_worst_and_its_best_key_result(parts):
    mean = combine((weight, Measured(share, START)) for weight, share in parts)
    assert min(share for _, share in parts) <= mean.progress <= max(share for _, share in parts)


@given(st.one_of(curves(), dated_milestones(), straight()), st.lists(moments, min_size=2))
def test_expectations_only_grow(terms, when):
    expected = [expected_progress(terms, COURSE, moment) for moment in sorted(when)]
    assert all(0 <= before <= after <= 1 for before, after in pairwise(expected))


@given(st.one_of(curves(), dated_milestones(), straight()))
def test_in_the_end_everything_is_expected(terms):
    assert expected_progress(terms, COURSE, END) == 1
    assert expected_progress(terms, COURSE, END - MICROSECOND) == 1


@given(st.dictionaries(moments, st.integers(0, 40), min_size=1, max_size=6), st.data())
def test_the_present_does_not_depend_on_the_order_in_which_it_is_told(values, data):
    in_order = sorted(values.items())
    shuffled = data.draw(st.permutations(in_order))
    assert present(told(in_order)) == present(told(shuffled))


@given(st.dictionaries(moments, st.integers(0, 40), min_size=1, max_size=6), st.data())
def test_nor_does_the_share_of_time_in_bounds(values, data):
    in_order = sorted(values.items())
    shuffled = data.draw(st.permutations(in_order))
    band = {"metric": "stay_within"}
    assert present(told(in_order, **band)) == present(told(shuffled, **band))


@given(st.lists(st.integers(0, 30), min_size=2, max_size=12), st.integers(1, 11))
def test_shares_of_time_add_up(values, cut):
    band = StayWithin(Decimal(10), Decimal(20))
    readings = [
        Reading(START + timedelta(hours=hour), Decimal(value)) for hour, value in enumerate(values)
    ]
    cut = min(cut, len(readings) - 1)
    end = START + timedelta(hours=len(readings))

    def inside(part: list[Reading], until) -> timedelta:
        return time_inside(Readings(band).including(part), until)[0]

    middle = readings[cut].observed_at
    assert inside(readings, end) == inside(readings[:cut], middle) + inside(readings[cut:], end)
    whole = end - readings[0].observed_at
    share = Decimal(inside(readings, end) // MICROSECOND) / Decimal(whole // MICROSECOND)
    assert share_of_time(Readings(band).including(readings), end) == rounded(share)


@given(st.lists(st.tuples(st.integers(0, 200), st.integers(0, 30)), max_size=300), st.data())
def test_readings_are_summed_up_alike_however_they_were_told(told, data):
    band = StayWithin(Decimal(10), Decimal(20))
    readings = [Reading(START + timedelta(hours=hour), Decimal(value)) for hour, value in told]
    known = {reading.observed_at: reading for reading in readings}
    in_order = [known[moment] for moment in sorted(known)]
    one_by_one = Readings(StayWithin(None, None))
    for reading in readings:
        one_by_one = one_by_one.including([reading])
    summed = one_by_one.under(band)
    assert [*summed] == in_order
    assert summed == Readings(band).including(readings) == Readings(band).including(in_order)
    until = START + timedelta(hours=data.draw(st.integers(-1, 201)))
    by_then = [reading for reading in in_order if reading.observed_at <= until]
    tally = summed.until(until)
    assert (tally.number if tally else 0) == len(by_then)
    assert (tally.inside if tally else 0) == sum(band.holds(one.value) for one in by_then)


@given(
    st.lists(st.integers(0, 30), min_size=1, max_size=12),
    st.lists(st.integers(0, 30), min_size=1, max_size=12),
)
def test_shares_of_readings_add_up(first, second):
    band = StayWithin(Decimal(10), Decimal(20))

    def inside(values: list[int]) -> Decimal:
        readings = [
            Reading(START + timedelta(hours=hour), Decimal(value))
            for hour, value in enumerate(values)
        ]
        return share_of_readings(Readings(band).including(readings), END) * len(values)

    both, parts = inside(first + second), inside(first) + inside(second)
    assert round(both) == round(parts) == sum(10 <= value <= 20 for value in first + second)


def told(values, **fields) -> KeyResult:
    state = a_key_result(added(fields.pop("metric", "increase")))
    for number, (moment, value) in enumerate(values):
        command = CheckIn(
            check_in_id=UUID(int=1000 + number),
            key_result_id=KEY_RESULT_ID,
            objective=an_objective(),
            cycle=CYCLE,
            at=END,
            value=Decimal(value),
            observed_at=moment,
        )
        state = evolve_existing(state, decide(command, state))
    return state


def present(state: KeyResult) -> tuple[object, ...]:
    current, remark = state.current, state.remark
    return current.value, current.progress, current.observed_at, remark.observed_at, state.readings
