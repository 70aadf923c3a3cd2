"""What a cycle is run by, and when its steps are planned."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from helmlog_events.contracts.okr import CycleSettings, CycleSettingsChanged
from helmlog_events.testing.decider import DeciderTest
from hypothesis import given
from hypothesis import strategies as st
from okr_service.domain.course import Course
from okr_service.domain.cycle import commands, refusals
from okr_service.domain.cycle.decide import decide
from okr_service.domain.cycle.schedule import PlannedStep, Schedule, next_step, scheduled
from okr_service.domain.cycle.state import evolve, initial_state

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
DEFAULT = CycleSettings()
AUTOMATIC = CycleSettings(transitions="automatic")
by_itself = opened.model_copy(update={"settings": AUTOMATIC})
YEAR = timedelta(days=366)


def change(**settings: object) -> commands.ChangeSettings:
    return commands.ChangeSettings(CYCLE_ID, "better so", CycleSettings(**settings))


def test_settings_change_with_a_reason_old_and_new_kept():
    changed = CycleSettingsChanged(
        cycle_id=CYCLE_ID, reason="better so", before=DEFAULT, after=CycleSettings(cadence_days=14)
    )
    for history in ((opened,), (opened, activated), (opened, activated, review_started)):
        spec.given(*history).when(change(cadence_days=14)).then(changed)
    assert a_cycle(opened, changed).facts.settings.cadence_days == 14


def test_the_same_settings_say_nothing():
    spec.given(opened).when(change()).then_nothing()


def test_a_closed_cycle_keeps_the_settings_it_was_judged_by():
    history = (opened, activated, review_started, closed)
    refusal = refusals.CycleIsClosed(CYCLE_ID)
    spec.given(*history).when(change(cadence_days=14)).then_refused(refusal)


@pytest.mark.parametrize(
    ("setting", "value", "low", "high"),
    [
        ("cadence_days", 0, 1, 366),
        ("cadence_days", 367, 1, 366),
        ("grace_days", -1, 0, 60),
        ("grace_days", 61, 0, 60),
        ("review_days", -1, 0, 180),
        ("review_days", 181, 0, 180),
        ("behind_gap", Decimal("1.01"), 0, 1),
        ("on_track_gap", Decimal("-0.01"), 0, Decimal("0.25")),
        ("on_track_gap", Decimal("0.26"), 0, Decimal("0.25")),
    ],
)
def test_a_setting_lies_in_its_range(setting, value, low, high):
    refusal = refusals.SettingOutOfRange(setting, value, low, high)
    spec.given(opened).when(change(**{setting: value})).then_refused(refusal)


@pytest.mark.parametrize(
    "settings",
    [
        {"cadence_days": 1, "grace_days": 0, "review_days": 0},
        {"cadence_days": 366, "grace_days": 60, "review_days": 180},
        {"on_track_gap": Decimal(0), "behind_gap": Decimal(0)},
        {"on_track_gap": Decimal(1), "behind_gap": Decimal(1)},
    ],
)
def test_the_bounds_of_a_range_belong_to_it(settings):
    (event,) = decide(change(**settings), a_cycle(opened))
    assert event.after == CycleSettings(**settings)


def test_steps_are_planned_in_order():
    earlier, later = START + timedelta(days=40), START + timedelta(days=41)
    when = spec.given(opened).when(change(activates_at=later, reviews_at=later))
    when.then_refused(refusals.PlannedStepsOutOfOrder("reviews_at", later, later))
    when = spec.given(opened).when(change(reviews_at=later, closes_at=earlier))
    when.then_refused(refusals.PlannedStepsOutOfOrder("closes_at", later, earlier))
    (event,) = decide(change(reviews_at=later, closes_at=later), a_cycle(opened))
    assert event.after.closes_at == later


@pytest.mark.parametrize(
    ("setting", "moment"),
    [
        ("activates_at", END),
        ("activates_at", START - YEAR - timedelta(seconds=1)),
        ("reviews_at", START),
        ("closes_at", END + YEAR + timedelta(seconds=1)),
    ],
)
def test_steps_are_planned_around_the_cycle(setting, moment):
    refusal = refusals.PlannedStepOutsideCycle(setting, moment)
    spec.given(opened).when(change(**{setting: moment})).then_refused(refusal)


def test_settings_are_looked_at_when_a_cycle_is_opened_and_when_its_dates_change():
    command = commands.OpenCycle(
        CYCLE_ID, "Q1", "quarter", opened.starts_on, opened.ends_on, "UTC",
        settings=CycleSettings(cadence_days=0),
    )  # fmt: skip
    refusal = refusals.SettingOutOfRange("cadence_days", 0, 1, 366)
    spec.given().when(command).then_refused(refusal)


def test_by_default_review_begins_at_the_end_and_lasts_for_its_days_in_the_cycles_timezone():
    berlin = Course(date(2026, 1, 1), date(2026, 3, 20), "Europe/Berlin")
    assert scheduled(berlin, DEFAULT) == Schedule(
        datetime(2025, 12, 31, 23, tzinfo=UTC),
        datetime(2026, 3, 20, 23, tzinfo=UTC),
        datetime(2026, 4, 3, 22, tzinfo=UTC),
    )


def test_a_cycle_left_to_the_clock_takes_one_step_after_the_other():
    review_over = END + timedelta(days=14)
    for history, step in (
        ((by_itself,), PlannedStep("activate", START)),
        ((by_itself, activated), PlannedStep("review", END)),
        ((by_itself, activated, review_started), PlannedStep("close", review_over)),
        ((by_itself, activated, review_started, closed), None),
    ):
        assert next_step(a_cycle(*history)) == step


def test_a_cycle_left_to_hands_takes_no_step_by_itself():
    assert next_step(a_cycle(opened)) is None


def test_who_reopens_a_cycle_closes_it():
    history = (by_itself, activated, review_started, closed, reopened)
    assert next_step(a_cycle(*history)) is None


gaps = st.decimals(0, 1, places=4)


@given(gaps, gaps, st.integers(1, 366), st.integers(0, 60), st.integers(0, 180))
def test_any_settings_within_their_ranges_are_taken(one, other, cadence, grace, review):
    low, high = sorted((one, other))
    settings = {"cadence_days": cadence, "grace_days": grace, "review_days": review}
    command = change(on_track_gap=low, behind_gap=high, **settings)
    assert len(decide(command, a_cycle(opened))) == (command.settings != DEFAULT)
