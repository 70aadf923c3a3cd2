from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from helmlog_events.contracts.okr import CheckInRecorded, KeyResultUpdated
from helmlog_events.testing.decider import DeciderTest
from okr_service.domain.cycle.refusals import CycleIsClosed, CycleNotActive
from okr_service.domain.key_result import refusals
from okr_service.domain.key_result.commands import CheckIn
from okr_service.domain.key_result.decide import decide
from okr_service.domain.key_result.state import evolve, initial_state
from okr_service.domain.objective.refusals import ObjectiveIsClosed, ObjectiveWasDeclined

from tests.okr.domain.examples import (
    CHECK_IN_ID,
    CYCLE_ID,
    DAY_45,
    END,
    KEY_RESULT_ID,
    KPI_ID,
    OBJECTIVE_ID,
    START,
    a_cycle,
    a_key_result,
    accepted,
    activated,
    added,
    an_objective,
    closed,
    declined,
    drafted,
    objective_closed,
    opened,
    proposed,
    reopened,
    review_started,
)

spec = DeciderTest(decide, evolve, initial_state())
ids = {"key_result_id": KEY_RESULT_ID, "objective_id": OBJECTIVE_ID, "cycle_id": CYCLE_ID}

check_in = CheckIn(
    check_in_id=CHECK_IN_ID,
    key_result_id=KEY_RESULT_ID,
    objective=an_objective(),
    cycle=a_cycle(),
    at=DAY_45,
    value=Decimal(27),
    confidence=7,
    narrative="a good month",
)
recorded = CheckInRecorded(
    **ids,
    check_in_id=CHECK_IN_ID,
    value=Decimal(27),
    confidence=7,
    narrative="a good month",
    observed_at=DAY_45,
)
updated = KeyResultUpdated(
    **ids,
    source="check_in",
    value=Decimal(27),
    progress=Decimal("0.384615"),
    progress_raw=Decimal("0.384615"),
    progress_rule="increase",
    expected_progress=Decimal("0.5"),
    status="behind",
    status_rule="computed",
    confidence=7,
    observed_at=DAY_45,
    cause=f"check-in/{CHECK_IN_ID}",
)


def folded(history, command):
    state = a_key_result(*history)
    for event in decide(command, state):
        state = evolve(state, event)
    return state


def test_a_check_in_is_recorded_together_with_what_it_moves():
    spec.given(added()).when(check_in).then(recorded, updated)


def test_a_check_in_is_taken_in_review_too():
    in_review = replace(check_in, cycle=a_cycle(opened, activated, review_started))
    spec.given(added()).when(in_review).then(recorded, updated)


def test_raw_progress_is_kept_beyond_what_is_shown():
    beyond = folded([added()], replace(check_in, value=Decimal(48)))
    assert (beyond.current.progress_raw, beyond.current.progress) == (2, 1)
    below = folded([added()], replace(check_in, value=Decimal(9)))
    assert (below.current.progress_raw, below.current.progress) == (-1, 0)


def test_a_check_in_may_be_about_an_earlier_day_and_is_judged_on_that_day():
    early = replace(check_in, observed_at=START + timedelta(days=9))
    _, update = decide(early, a_key_result(added()))
    assert update.observed_at == START + timedelta(days=9)
    assert update.expected_progress == Decimal("0.1")
    assert update.status == "on_track"


def test_an_earlier_day_told_later_does_not_become_the_current_value():
    early = replace(check_in, value=Decimal(23), observed_at=START + timedelta(days=9))
    state = folded([added(), recorded, updated], early)
    assert state.current.value == 27


def test_of_two_check_ins_for_one_moment_the_one_told_last_holds():
    state = folded([added(), recorded, updated], replace(check_in, value=Decimal(28)))
    assert state.current.value == 28


def test_in_a_cycle_long_over_a_check_in_is_about_its_end():
    _, update = decide(replace(check_in, at=END + timedelta(days=2000)), a_key_result(added()))
    assert update.observed_at == END - timedelta(microseconds=1)
    assert (update.expected_progress, update.status) == (1, "at_risk")


@pytest.mark.parametrize("moment", [START - timedelta(microseconds=1), END])
def test_a_check_in_is_about_a_moment_in_its_cycle(moment):
    outside = replace(check_in, observed_at=moment, at=END + timedelta(days=1))
    spec.given(added()).when(outside).then_refused(refusals.OutsideCycle(moment))


def test_nobody_checks_in_from_the_future():
    future = DAY_45 + timedelta(microseconds=1)
    spec.given(added()).when(replace(check_in, observed_at=future)).then_refused(
        refusals.ObservedInFuture(future)
    )


def test_a_planned_cycle_takes_no_check_ins():
    planned = replace(check_in, cycle=a_cycle(opened))
    spec.given(added()).when(planned).then_refused(CycleNotActive(CYCLE_ID))


def test_a_closed_cycle_takes_no_check_ins():
    over = replace(check_in, cycle=a_cycle(opened, activated, review_started, closed))
    spec.given(added()).when(over).then_refused(CycleIsClosed(CYCLE_ID))


def test_a_check_in_after_a_reopening_is_marked_so():
    again = a_cycle(opened, activated, review_started, closed, reopened)
    events = decide(replace(check_in, cycle=again), a_key_result(added()))
    assert all(event.after_reopening for event in events)


@pytest.mark.parametrize(
    ("objective", "refusal"),
    [
        (an_objective(drafted, proposed, declined), ObjectiveWasDeclined(OBJECTIVE_ID)),
        (
            an_objective(drafted, proposed, accepted, objective_closed),
            ObjectiveIsClosed(OBJECTIVE_ID),
        ),
    ],
)
def test_no_check_in_under_an_objective_that_is_declined_or_closed(objective, refusal):
    spec.given(added()).when(replace(check_in, objective=objective)).then_refused(refusal)


def test_a_key_result_that_follows_a_kpi_is_not_moved_by_hand():
    given = spec.given(added(kpi_id=KPI_ID))
    given.when(check_in).then_refused(refusals.BoundToKPI(KPI_ID))


def test_unless_it_is_a_correction_with_a_reason():
    correction = replace(check_in, correction_reason="the meter was broken")
    state = folded([added(kpi_id=KPI_ID)], correction)
    assert (state.current.value, state.current.source) == (27, "check_in")


@pytest.mark.parametrize("confidence", [-1, 11, 10**400])
def test_confidence_goes_from_nothing_to_ten(confidence):
    given = spec.given(added())
    given.when(replace(check_in, confidence=confidence)).then_refused(
        refusals.ConfidenceOutOfRange(confidence)
    )


def test_a_check_in_says_a_value():
    empty = replace(check_in, value=None)
    spec.given(added()).when(empty).then_refused(refusals.CheckInWithoutValue("increase"))


def test_a_number_has_no_milestones():
    steps = replace(check_in, done=("hired",))
    spec.given(added()).when(steps).then_refused(refusals.CheckInUnsuited("increase", "done"))


def test_milestones_reached_are_told_by_name_in_any_order():
    reached = replace(check_in, value=None, done=("hired", "advertised", "hired"))
    state = folded([added("milestone")], reached)
    assert state.current.done == ("advertised", "hired")
    assert state.current.progress == 1


def test_a_milestone_may_turn_out_not_to_be_reached():
    history = [added("milestone")]
    first = replace(check_in, value=None, done=("hired",))
    state = folded(history, first)
    for event in decide(replace(first, done=()), state):
        state = evolve(state, event)
    assert state.current.progress == 0


@pytest.mark.parametrize(
    ("fields", "refusal"),
    [
        ({"value": Decimal(1)}, refusals.CheckInUnsuited("milestone", "value")),
        ({"value": None}, refusals.CheckInWithoutValue("milestone")),
        ({"value": None, "done": ("fired",)}, refusals.UnknownMilestone("fired")),
    ],
)
def test_milestones_are_reported_as_milestones(fields, refusal):
    spec.given(added("milestone")).when(replace(check_in, **fields)).then_refused(refusal)


def test_the_owner_may_judge_otherwise_with_a_reason():
    judged = replace(check_in, status="on_track", status_reason="the contract is signed")
    _, update = decide(judged, a_key_result(added()))
    assert (update.status, update.status_rule) == ("on_track", "override")


def test_but_not_without_one():
    judged = replace(check_in, status="on_track")
    spec.given(added()).when(judged).then_refused(refusals.OverrideWithoutReason("on_track"))


def test_a_judgement_holds_until_the_next_check_in():
    judged = replace(check_in, status="on_track", status_reason="the contract is signed")
    state = folded([added()], judged)
    _, update = decide(replace(check_in, at=DAY_45 + timedelta(days=1)), state)
    assert update.status_rule == "computed"


def test_no_check_in_without_a_key_result():
    spec.given().when(check_in).then_refused(refusals.UnknownKeyResult(KEY_RESULT_ID))


def test_staying_in_bounds_is_counted_by_time_and_a_late_report_changes_the_share():
    days = [START + timedelta(days=number) for number in (0, 10)]
    state = a_key_result(added("stay_within"))
    for day, value in zip(days, (15, 30), strict=True):
        report = replace(check_in, value=Decimal(value), observed_at=day)
        for event in decide(report, state):
            state = evolve(state, event)
    assert state.current.progress == 1  # the value that left the band has held for no time yet

    late = replace(check_in, value=Decimal(30), observed_at=START + timedelta(days=5))
    _, first, again = decide(late, state)
    assert (first.observed_at, first.progress) == (START + timedelta(days=5), 1)
    assert (again.observed_at, again.value, again.progress) == (days[1], 30, Decimal("0.5"))
