from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from okr_service.domain.arithmetic import clamp, rounded
from okr_service.domain.key_result.measures import Decrease, Increase, Milestones, StayWithin
from okr_service.domain.key_result.progress import share_of_steps, travelled
from okr_service.domain.key_result.readings import (
    Reading,
    Readings,
    share_of_readings,
    share_of_time,
)

from tests.okr.domain.examples import START, step

numbers = st.decimals(-(10**12), 10**12, places=6)
weights = st.decimals("0.001", 1000, places=3)
BAND = StayWithin(Decimal(10), Decimal(20))


def among(*readings: Reading) -> Readings:
    return Readings(BAND).including(readings)


def day(number: float, value: int) -> Reading:
    return Reading(START + timedelta(days=number), Decimal(value))


@pytest.mark.parametrize(
    ("value", "progress"),
    [("22", "0"), ("27", "0.384615"), ("35", "1"), ("48", "2"), ("9", "-1")],
)
def test_an_increase_is_the_way_from_baseline_to_target(value, progress):
    assert travelled(Increase(Decimal(22), Decimal(35)), Decimal(value)) == Decimal(progress)


@pytest.mark.parametrize(
    ("value", "progress"),
    [("35", "0"), ("30", "0.384615"), ("22", "1"), ("9", "2"), ("48", "-1")],
)
def test_a_decrease_is_the_way_down(value, progress):
    assert travelled(Decrease(Decimal(35), Decimal(22)), Decimal(value)) == Decimal(progress)


def test_progress_is_rounded_half_to_even_at_six_places():
    wide = Increase(Decimal(0), Decimal(2_000_000))
    assert travelled(wide, Decimal(1)) == Decimal("0.000000")
    assert travelled(wide, Decimal(3)) == Decimal("0.000002")


def test_progress_beyond_what_a_contract_carries_saturates():
    hair = Increase(Decimal(0), Decimal("1E-20"))
    assert travelled(hair, Decimal(10) ** 19) == Decimal(10) ** 18
    assert travelled(hair, -(Decimal(10) ** 19)) == -(Decimal(10) ** 18)


@given(numbers, numbers, numbers, numbers)
def test_a_higher_value_is_never_less_of_an_increase(baseline, target, one, other):
    assume(baseline < target)
    lower, higher = sorted((one, other))
    measure = Increase(baseline, target)
    assert travelled(measure, lower) <= travelled(measure, higher)


@given(numbers, numbers, numbers)
def test_a_decrease_mirrors_an_increase(baseline, target, value):
    assume(baseline < target)
    up = travelled(Increase(baseline, target), value)
    assert up == travelled(Decrease(-baseline, -target), -value)


@given(numbers, numbers, numbers)
def test_shown_progress_lies_between_none_and_all(baseline, target, value):
    assume(baseline < target)
    assert 0 <= clamp(travelled(Increase(baseline, target), value)) <= 1


def test_bounds_count_as_inside():
    assert share_of_readings(among(day(0, 10), day(1, 20)), START + timedelta(days=1)) == 1


def test_bound_key_results_count_readings():
    readings = among(day(0, 15), day(1, 9), day(1.1, 15), day(80, 21))
    assert share_of_readings(readings, START + timedelta(days=80)) == Decimal("0.5")


def test_unbound_key_results_count_the_time_each_value_held():
    readings = among(day(0, 15), day(6, 30), day(8, 12))
    assert share_of_time(readings, START + timedelta(days=8)) == Decimal("0.75")
    assert share_of_time(readings, START + timedelta(days=10)) == Decimal("0.8")


def test_one_reading_more_leaves_the_others_where_they_are():
    many = among(*(day(number / 100, 15) for number in range(1_000)))
    more = many.including([day(11, 9)])
    assert all(one is other for one, other in zip(many.blocks, more.blocks, strict=False))
    assert len(more.newest) <= 64
    assert share_of_readings(more, START + timedelta(days=11)) == rounded(Decimal(1_000) / 1_001)
    assert share_of_readings(many, START + timedelta(days=11)) == 1


@pytest.mark.parametrize(("value", "share"), [(15, 1), (9, 0)])
def test_before_any_time_has_passed_it_is_where_the_value_lies(value, share):
    assert share_of_time(among(day(3, value)), START + timedelta(days=3)) == share


@given(st.lists(st.integers(0, 30), min_size=1, max_size=20))
def test_a_share_of_time_lies_between_none_and_all(values):
    readings = [day(number, value) for number, value in enumerate(values)]
    share = share_of_time(among(*readings), START + timedelta(days=len(values)))
    inside = sum(BAND.holds(reading.value) for reading in readings)
    assert share == rounded(Decimal(inside) / Decimal(len(values)))


def test_one_bound_alone_bounds_one_side():
    assert StayWithin(Decimal(10), None).holds(Decimal(10**9))
    assert not StayWithin(Decimal(10), None).holds(Decimal("9.99"))
    assert StayWithin(None, Decimal(20)).holds(Decimal(-(10**9)))
    assert not StayWithin(None, Decimal(20)).holds(Decimal("20.01"))


def test_milestones_count_by_weight():
    steps = Milestones((step("advertised", Decimal(1)), step("hired", Decimal(3))))
    assert share_of_steps(steps, ()) == 0
    assert share_of_steps(steps, ["hired"]) == Decimal("0.75")
    assert share_of_steps(steps, ["advertised", "hired"]) == 1


@given(st.lists(weights, min_size=1, max_size=8))
def test_every_milestone_done_adds_progress_and_all_make_one(steps):
    milestones = Milestones(tuple(step(str(n), weight) for n, weight in enumerate(steps)))
    names = [step.name for step in milestones.steps]
    shares = [share_of_steps(milestones, names[:count]) for count in range(len(names) + 1)]
    assert all(before <= after for before, after in pairwise(shares))
    assert shares[-1] == 1


@given(st.lists(weights, min_size=2, max_size=8), st.decimals("0.01", 100, places=2))
def test_milestone_weights_matter_only_among_themselves(steps, factor):
    def share(scale):
        scaled = (step(str(n), weight * scale) for n, weight in enumerate(steps))
        return share_of_steps(Milestones(tuple(scaled)), ["0"])

    assert share(Decimal(1)) == share(factor)
