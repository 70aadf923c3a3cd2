from __future__ import annotations

from datetime import date

import pytest
from helmlog_events.testing.decider import DeciderTest
from okr_service.domain.cycle import commands, refusals
from okr_service.domain.cycle.decide import decide
from okr_service.domain.cycle.state import evolve, initial_state, state_name

from tests.okr.domain.examples import (
    CYCLE_ID,
    END,
    START,
    a_cycle,
    activated,
    closed,
    opened,
    reopened,
    review_started,
)

spec = DeciderTest(decide, evolve, initial_state())

activate = commands.ActivateCycle(CYCLE_ID, START)
review = commands.StartReview(CYCLE_ID, END)
close = commands.CloseCycle(CYCLE_ID, END)
reopen = commands.ReopenCycle(CYCLE_ID, "a number was wrong", END)


def open_cycle(
    starts_on: date = date(2026, 1, 1),
    ends_on: date = date(2026, 3, 31),
    timezone: str = "UTC",
) -> commands.OpenCycle:
    return commands.OpenCycle(CYCLE_ID, "Q1", "quarter", starts_on, ends_on, timezone)


def test_a_cycle_is_opened_for_planning():
    spec.given().when(open_cycle()).then(opened)
    assert state_name(a_cycle(opened)) == "planning"


def test_a_cycle_may_last_a_single_day():
    day = date(2026, 1, 1)
    spec.given().when(open_cycle(day, day)).then(opened.model_copy(update={"ends_on": day}))


def test_a_cycle_cannot_end_before_it_starts():
    starts_on, ends_on = date(2026, 1, 2), date(2026, 1, 1)
    refusal = refusals.CycleEndsBeforeItStarts(starts_on, ends_on)
    spec.given().when(open_cycle(starts_on, ends_on)).then_refused(refusal)


@pytest.mark.parametrize("name", ["Atlantis/Capital", "utc+1", "", "../etc/passwd", "CET\n"])
def test_a_timezone_is_one_of_the_iana_database(name: str):
    spec.given().when(open_cycle(timezone=name)).then_refused(refusals.UnknownTimezone(name))


@pytest.mark.parametrize("day", [date(1, 1, 1), date(1899, 12, 31), date(3000, 1, 1)])
def test_a_cycle_lies_in_years_that_people_plan_in(day: date):
    spec.given().when(open_cycle(day, day)).then_refused(refusals.CycleOutsideCalendar(day))


def test_a_planned_cycle_is_activated():
    spec.given(opened).when(activate).then(activated)


def test_an_active_cycle_goes_into_review():
    spec.given(opened, activated).when(review).then(review_started)


def test_a_reviewed_cycle_is_closed():
    spec.given(opened, activated, review_started).when(close).then(closed)


def test_an_active_cycle_that_is_closed_passes_through_review():
    spec.given(opened, activated).when(close).then(review_started, closed)


@pytest.mark.parametrize("step", [review, close])
def test_a_planned_cycle_is_activated_before_anything_else(step: commands.CycleStep):
    spec.given(opened).when(step).then_refused(refusals.CycleNotActive(CYCLE_ID))


def test_a_cycle_in_review_is_not_activated_again():
    given = spec.given(opened, activated, review_started)
    given.when(activate).then_refused(refusals.CycleInReview(CYCLE_ID))


@pytest.mark.parametrize("step", [activate, review])
def test_a_closed_cycle_takes_no_step_but_reopening(step: commands.CycleStep):
    given = spec.given(opened, activated, review_started, closed)
    given.when(step).then_refused(refusals.CycleIsClosed(CYCLE_ID))


def test_a_closed_cycle_is_reopened_into_review_with_a_reason_and_marked():
    history = (opened, activated, review_started, closed)
    spec.given(*history).when(reopen).then(reopened)
    cycle = a_cycle(*history, reopened)
    assert state_name(cycle) == "review"
    assert cycle.facts.reopened


@pytest.mark.parametrize("history", [(opened,), (opened, activated)])
def test_only_a_closed_cycle_is_reopened(history):
    spec.given(*history).when(reopen).then_refused(refusals.CycleNotClosed(CYCLE_ID))


@pytest.mark.parametrize(
    ("history", "step"),
    [
        ((opened, activated), activate),
        ((opened, activated, review_started), review),
        ((opened, activated, review_started, closed), close),
        ((opened, activated, review_started, closed, reopened), reopen),
    ],
)
def test_asked_twice_a_step_is_done_once(history, step: commands.CycleStep):
    spec.given(*history).when(step).then_nothing()


@pytest.mark.parametrize("step", [activate, review, close, reopen])
def test_no_step_without_a_cycle(step: commands.CycleStep):
    spec.given().when(step).then_refused(refusals.UnknownCycle(CYCLE_ID))
