from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from helmlog_events.contracts.okr import CycleSettings
from hypothesis import given
from hypothesis import strategies as st
from okr_service.domain.status import Measured, Standing, combine, stand, status_of_gap

from tests.okr.domain.examples import DAY_45, END, START, a_cycle

cycle = a_cycle().facts
shares = st.decimals(0, 1, places=6)
weights = st.decimals("0.001", 1000, places=3)
measured = st.builds(Measured, shares, st.just(DAY_45))


def at(progress: str, **fields) -> Measured:
    return Measured(Decimal(progress), fields.pop("heard_at", DAY_45), **fields)


@pytest.mark.parametrize(
    ("gap", "status"),
    [
        ("-0.5", "on_track"),
        ("0.10", "on_track"),
        ("0.100001", "behind"),
        ("0.25", "behind"),
        ("0.250001", "at_risk"),
        ("1", "at_risk"),
    ],
)
def test_the_gap_gives_the_status_and_its_bounds_belong_to_the_better(gap, status):
    assert status_of_gap(Decimal(gap), CycleSettings()) == status


def test_half_way_is_on_track_at_half_time_and_says_why():
    standing = stand(cycle, at("0.5"), DAY_45, closed=False)
    assert standing == Standing(Decimal("0.5"), Decimal("0.5"), "on_track", "computed")


def test_no_data_is_neither_none_nor_green():
    standing = stand(cycle, None, DAY_45, closed=False)
    assert standing == Standing(None, Decimal("0.5"), "not_measured", "not_measured")


def test_no_data_stays_not_measured_however_long_it_lasts():
    assert stand(cycle, None, END, closed=False).status == "not_measured"


def test_ten_days_without_news_are_borne_and_not_a_moment_more():
    last = at("1", heard_at=DAY_45)
    late = DAY_45 + timedelta(days=10)
    assert stand(cycle, last, late, closed=False).status == "on_track"
    standing = stand(cycle, last, late + timedelta(microseconds=1), closed=False)
    assert (standing.status, standing.status_rule) == ("outdated", "outdated")


def test_nobody_owes_news_after_the_end_of_the_cycle():
    last = at("1", heard_at=END - timedelta(days=3))
    assert stand(cycle, last, END + timedelta(days=900), closed=False).status == "on_track"


def test_an_override_goes_before_what_is_computed():
    standing = stand(cycle, at("0.5", override="at_risk"), DAY_45, closed=False)
    assert (standing.status, standing.status_rule) == ("at_risk", "override")


def test_staleness_goes_before_an_override():
    last = at("1", heard_at=START, override="on_track")
    assert stand(cycle, last, DAY_45, closed=False).status_rule == "outdated"


@pytest.mark.parametrize("measured", [None, at("1", heard_at=START, override="on_track")])
def test_closed_goes_before_everything(measured):
    standing = stand(cycle, measured, DAY_45, closed=True)
    assert (standing.status, standing.status_rule) == ("closed", "closed")


def test_an_objective_is_the_weighted_mean_of_what_is_measured():
    parts = [(Decimal(3), at("1")), (Decimal(1), at("0")), (Decimal(50), None)]
    assert combine(parts) == at("0.75")


@pytest.mark.parametrize("parts", [[], [(Decimal(1), None)]])
def test_an_objective_without_data_is_not_measured(parts):
    assert combine(parts) is None


def test_an_objective_is_as_fresh_as_its_freshest_key_result():
    parts = [(Decimal(1), at("1", heard_at=START)), (Decimal(1), at("1"))]
    assert combine(parts).heard_at == DAY_45


@given(st.lists(st.tuples(weights, measured), min_size=1, max_size=8))
def test_a_mean_lies_between_the_least_and_the_most(parts):
    found = combine(parts).progress
    every = [part.progress for _, part in parts]
    assert min(every) <= found <= max(every)


@given(
    st.lists(st.tuples(weights, measured), min_size=1, max_size=8),
    st.decimals("0.01", 100, places=2),
)
def test_weights_matter_only_among_themselves(parts, factor):
    scaled = [(weight * factor, part) for weight, part in parts]
    assert combine(parts) == combine(scaled)


@given(st.lists(st.tuples(weights, measured), min_size=1, max_size=8), shares)
def test_an_objective_never_falls_when_a_key_result_rises(parts, share):
    (weight, first), *rest = parts
    better = Measured(max(first.progress, share), first.heard_at)
    assert combine([(weight, better), *rest]).progress >= combine(parts).progress
