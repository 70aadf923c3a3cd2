from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from helmlog_events.contracts.okr import CheckInRecorded, KeyResultUpdated
from helmlog_events.testing.decider import DeciderTest
from okr_service.domain.cycle.refusals import CycleIsClosed
from okr_service.domain.key_result import refusals
from okr_service.domain.key_result.commands import AddKeyResult, FollowKPI
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
    definition,
    drafted,
    objective_closed,
    opened,
    proposed,
    review_started,
    step,
)

spec = DeciderTest(decide, evolve, initial_state())
over = a_cycle(opened, activated, review_started, closed)
objective_over = an_objective(drafted, proposed, accepted, objective_closed)
objective_declined = an_objective(drafted, proposed, declined)

add = AddKeyResult(
    key_result_id=KEY_RESULT_ID,
    objective=an_objective(),
    cycle=a_cycle(),
    definition=definition("increase", baseline=22, target=35),
)
follow = FollowKPI(
    key_result_id=KEY_RESULT_ID,
    objective=an_objective(),
    cycle=a_cycle(),
    kpi_id=KPI_ID,
    value=Decimal(27),
    observed_at=DAY_45,
    cause="kpi/12",
)
bound = added(kpi_id=KPI_ID)
followed = KeyResultUpdated(
    key_result_id=KEY_RESULT_ID,
    objective_id=OBJECTIVE_ID,
    cycle_id=CYCLE_ID,
    source="kpi",
    value=Decimal(27),
    progress=Decimal("0.384615"),
    progress_raw=Decimal("0.384615"),
    progress_rule="increase",
    expected_progress=Decimal("0.5"),
    status="behind",
    status_rule="computed",
    kpi_id=KPI_ID,
    observed_at=DAY_45,
    cause="kpi/12",
)


def test_a_key_result_is_added_to_an_objective():
    spec.given().when(add).then(added())


def test_key_results_are_planned_before_the_cycle_starts():
    spec.given().when(replace(add, cycle=a_cycle(opened))).then(added())


@pytest.mark.parametrize("weight", ["0", "-1", "-0.000001"])
def test_a_key_result_counts_for_something(weight):
    light = replace(add, definition=definition("increase", baseline=22, target=35, weight=weight))
    spec.given().when(light).then_refused(refusals.WeightNotPositive(Decimal(weight)))


def test_there_is_a_way_from_baseline_to_target():
    terms = definition("increase", baseline=Decimal(35), target=Decimal(35))
    given = spec.given().when(replace(add, definition=terms))
    given.then_refused(refusals.BaselineEqualsTarget(Decimal(35)))


def test_milestones_follow_no_kpi():
    terms = definition("milestone", milestones=(step("hired", Decimal(1)),), kpi_id=KPI_ID)
    given = spec.given().when(replace(add, definition=terms))
    given.then_refused(refusals.MilestonesCannotFollowKPI(KPI_ID))


@pytest.mark.parametrize(
    ("command", "refusal"),
    [
        (replace(add, cycle=over), CycleIsClosed(CYCLE_ID)),
        (replace(add, objective=objective_over), ObjectiveIsClosed(OBJECTIVE_ID)),
        (replace(add, objective=objective_declined), ObjectiveWasDeclined(OBJECTIVE_ID)),
    ],
)
def test_no_key_result_where_nothing_is_planned_any_more(command, refusal):
    spec.given().when(command).then_refused(refusal)


def test_a_bound_key_result_follows_its_kpi():
    spec.given(bound).when(follow).then(followed)


@pytest.mark.parametrize(
    "history",
    [(added(),), (added(kpi_id=UUID(int=99)),)],
    ids=["unbound", "bound to another"],
)
def test_only_the_kpi_it_is_bound_to_moves_a_key_result(history):
    spec.given(*history).when(follow).then_nothing()


@pytest.mark.parametrize("moment", [START - timedelta(microseconds=1), END])
def test_a_reading_outside_the_cycle_moves_nothing(moment):
    spec.given(bound).when(replace(follow, observed_at=moment)).then_nothing()


@pytest.mark.parametrize("moment", [START, END - timedelta(microseconds=1)])
def test_the_first_and_the_last_moment_of_a_cycle_count(moment):
    update, *_ = decide(replace(follow, observed_at=moment), a_key_result(bound))
    assert update.observed_at == moment


@pytest.mark.parametrize(
    "command",
    [
        replace(follow, cycle=over),
        replace(follow, objective=objective_over),
        replace(follow, objective=objective_declined),
    ],
)
def test_what_is_closed_or_declined_follows_no_more(command):
    spec.given(bound).when(command).then_nothing()


def test_the_same_reading_told_twice_moves_once():
    spec.given(bound, followed).when(replace(follow, cause="kpi/13")).then_nothing()


def test_a_late_reading_is_kept_but_does_not_become_the_current_value():
    late = replace(follow, value=Decimal(30), observed_at=DAY_45 - timedelta(days=1))
    events = decide(late, a_key_result(bound, followed))
    assert [(event.value, event.observed_at) for event in events] == [(30, late.observed_at)]
    assert a_key_result(bound, followed, *events).current.value == 27


def test_another_value_for_the_same_moment_corrects_it():
    events = decide(replace(follow, value=Decimal(30)), a_key_result(bound, followed))
    assert a_key_result(bound, followed, *events).current.value == 30


def test_readings_move_numbers_not_the_confidence_and_judgement_of_people():
    told = CheckInRecorded(
        check_in_id=CHECK_IN_ID,
        key_result_id=KEY_RESULT_ID,
        objective_id=OBJECTIVE_ID,
        cycle_id=CYCLE_ID,
        confidence=4,
        status="at_risk",
        status_reason="the team is ill",
        correction_reason="the feed was late",
        observed_at=DAY_45,
    )
    (update,) = decide(
        replace(follow, value=Decimal(30), observed_at=DAY_45 + timedelta(days=1)),
        a_key_result(bound, told),
    )
    assert (update.confidence, update.status, update.status_rule) == (4, "at_risk", "override")


def test_staying_in_bounds_is_counted_by_readings_where_a_kpi_gives_them():
    state = a_key_result(added("stay_above", kpi_id=KPI_ID))
    for number, value in enumerate((12, 9, 12, 12)):
        reading = replace(
            follow, value=Decimal(value), observed_at=START + timedelta(hours=number * number)
        )
        for event in decide(reading, state):
            state = evolve(state, event)
    assert state.current.progress == Decimal("0.75")

    late = replace(follow, value=Decimal(9), observed_at=START + timedelta(minutes=1))
    first, again = decide(late, state)
    assert first.progress == Decimal("0.5")
    assert (again.observed_at, again.progress) == (START + timedelta(hours=9), Decimal("0.6"))


def test_no_value_is_followed_without_a_key_result():
    spec.given().when(follow).then_refused(refusals.UnknownKeyResult(KEY_RESULT_ID))
