from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from helmlog_events.contracts.okr import KeyResultCancelled, Milestone, RelativeTarget
from hypothesis import given
from hypothesis import strategies as st
from okr_service.domain.copies import Skipped, carry_key_result, clone_key_result
from okr_service.domain.key_result.measures import define_measure
from okr_service.domain.objective.refusals import TargetUnsuited

from tests.okr.domain.examples import (
    CYCLE_ID,
    KEY_RESULT_ID,
    KPI_ID,
    OBJECTIVE_ID,
    step,
)
from tests.okr.domain.sheets import a_part, updated

cancelled = KeyResultCancelled(
    key_result_id=KEY_RESULT_ID, objective_id=OBJECTIVE_ID, cycle_id=CYCLE_ID, reason="too dear"
)


def test_what_is_carried_goes_on_from_its_last_value_to_the_same_target():
    carried = carry_key_result(a_part(updated("0.384615", "27"), kpi_id=KPI_ID), None)
    assert (carried.baseline, carried.target) == (Decimal(27), Decimal(35))
    assert carried.kpi_id == KPI_ID


def test_what_was_never_measured_is_carried_as_it_was():
    part = a_part()
    assert carry_key_result(part, None) == part.facts.definition


@pytest.mark.parametrize(
    ("metric", "value"), [("increase", "35"), ("increase", "36"), ("decrease", "22")]
)
def test_what_is_reached_stays_behind(metric, value):
    part = a_part(updated("1", value), metric=metric)
    assert carry_key_result(part, None) == Skipped(KEY_RESULT_ID, "More leads", "reached")


def test_what_is_reached_goes_on_by_another_target():
    carried = carry_key_result(a_part(updated("1", "36")), Decimal(50))
    assert (carried.baseline, carried.target) == (Decimal(36), Decimal(50))


def test_what_was_cancelled_stays_behind():
    part = a_part(updated("0.5", "27"), cancelled)
    expected = Skipped(KEY_RESULT_ID, "More leads", "cancelled")
    assert carry_key_result(part, None) == clone_key_result(part) == expected


def test_milestones_that_are_done_are_not_carried():
    part = a_part(updated("0.75", None, done=("hired",)), metric="milestone")
    assert carry_key_result(part, None).milestones == (step("advertised", Decimal(1)),)
    whole = a_part(updated("1", None, done=("advertised", "hired")), metric="milestone")
    assert carry_key_result(whole, None) == Skipped(KEY_RESULT_ID, "More leads", "reached")


@pytest.mark.parametrize("metric", ["stay_above", "stay_below", "stay_within"])
def test_a_band_is_held_on_to(metric):
    part = a_part(updated("1", "15"), metric=metric)
    assert carry_key_result(part, None) == part.facts.definition


def test_a_band_takes_no_other_target():
    with pytest.raises(TargetUnsuited):
        carry_key_result(a_part(metric="stay_above"), Decimal(3))


def test_commit_and_stretch_values_are_carried_while_they_lie_ahead():
    part = a_part(updated("0.6", "30"), commit=28, stretch=40)
    carried = carry_key_result(part, None)
    assert (carried.commit, carried.stretch) == (None, Decimal(40))


def test_days_of_the_one_cycle_are_left_behind():
    milestones = (Milestone(name="hired", weight=Decimal(1), due_on=date(2026, 2, 1)),)
    part = a_part(metric="milestone", milestones=milestones, due_on=date(2026, 3, 1))
    for copy in (carry_key_result(part, None), clone_key_result(part)):
        assert (copy.due_on, copy.milestones[0].due_on) == (None, None)


def test_a_clone_is_defined_as_its_origin_was():
    part = a_part(updated("0.384615", "27"))
    assert clone_key_result(part) == part.facts.definition


def test_a_relative_target_is_resolved_anew_for_a_clone_and_kept_in_numbers_when_carried():
    relative = RelativeTarget(change=Decimal(20), measured_in="percent")
    part = a_part(updated("0.5", "27"), relative=relative)
    clone, carried = clone_key_result(part), carry_key_result(part, None)
    assert (clone.relative, clone.baseline, clone.target) == (relative, None, None)
    assert (carried.relative, carried.baseline, carried.target) == (None, 27, 35)


values = st.decimals(-1000, 1000, places=2)


@given(st.sampled_from(["increase", "decrease"]), values, st.none() | values)
def test_whatever_is_carried_can_be_measured(metric, value, target):
    part = a_part(updated("0.5", str(value)), metric=metric)
    carried = carry_key_result(part, target)
    if not isinstance(carried, Skipped):
        assert define_measure(carried) is not None
        assert carried.baseline == value
