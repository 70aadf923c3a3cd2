from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from okr_service.domain.course import Course

QUARTER = Course(date(2026, 1, 1), date(2026, 3, 31), "UTC")
START = datetime(2026, 1, 1, tzinfo=UTC)
END = datetime(2026, 4, 1, tzinfo=UTC)
TICK = timedelta(microseconds=1)

moments = st.datetimes(datetime(2025, 10, 1), datetime(2026, 6, 1), timezones=st.just(UTC))  # noqa: DTZ001 - bounds are naive by contract


def test_the_end_date_belongs_to_the_cycle():
    assert QUARTER.contains(END - TICK)
    assert not QUARTER.contains(END)


def test_the_start_date_belongs_to_the_cycle_from_its_first_moment():
    assert QUARTER.contains(START)
    assert not QUARTER.contains(START - TICK)


def test_days_begin_where_the_cycle_lives():
    auckland = Course(date(2026, 1, 1), date(2026, 3, 31), "Pacific/Auckland")
    assert auckland.starts_at == datetime(2025, 12, 31, 11, tzinfo=UTC)
    assert auckland.ends_at == datetime(2026, 3, 31, 11, tzinfo=UTC)


def test_a_changed_clock_makes_a_day_longer_not_the_cycle_wrong():
    spring = Course(date(2026, 3, 29), date(2026, 3, 29), "Europe/Berlin")
    assert spring.ends_at - spring.starts_at == timedelta(hours=23)


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        (START - timedelta(days=9), "0"),
        (START, "0"),
        (START + timedelta(days=45), "0.5"),
        (START + timedelta(days=30), "0.333333"),
        (END, "1"),
        (END + timedelta(days=900), "1"),
    ],
)
def test_expected_progress_is_linear_over_the_cycle(moment, expected):
    assert QUARTER.expected_progress(moment) == Decimal(expected)


@pytest.mark.parametrize(
    ("moment", "days"),
    [
        (START - timedelta(days=9), 90),
        (START, 90),
        (END - timedelta(days=1), 1),
        (END - TICK, 1),
        (END, 0),
    ],
)
def test_the_days_left_count_the_one_it_is(moment, days):
    assert QUARTER.days_left(moment) == days


def test_the_day_it_is_is_the_one_where_the_cycle_lives():
    auckland = Course(date(2026, 1, 1), date(2026, 3, 31), "Pacific/Auckland")
    assert auckland.days_left(datetime(2026, 3, 30, 11, tzinfo=UTC)) == 1
    assert auckland.days_left(datetime(2026, 3, 30, 10, 59, tzinfo=UTC)) == 2


@given(moments, moments)
def test_more_is_expected_later_and_never_less_than_none_or_more_than_all(one, other):
    earlier, later = sorted((one, other))
    assert 0 <= QUARTER.expected_progress(earlier) <= QUARTER.expected_progress(later) <= 1


@given(moments)
def test_the_clock_of_a_cycle_shows_no_time_outside_of_it(moment):
    assert QUARTER.contains(QUARTER.clock(moment))


@given(moments)
def test_the_clock_shows_the_time_within_the_cycle(moment):
    assert (QUARTER.clock(moment) == moment) == QUARTER.contains(moment)


def test_a_definition_holds_for_the_whole_cycle_or_since_it_was_written():
    assert QUARTER.defined_at(START + timedelta(days=20)) == START
    assert QUARTER.defined_at(START - timedelta(days=20)) == START - timedelta(days=20)


def test_a_step_holds_since_it_was_taken():
    assert QUARTER.begun_at(START + timedelta(days=20)) == START + timedelta(days=20)
    assert QUARTER.ended_at(START + timedelta(days=20)) == START + timedelta(days=20)


def test_a_step_told_after_the_cycle_is_backfilled_to_where_it_belongs():
    years_later = END + timedelta(days=2000)
    assert QUARTER.begun_at(years_later) == START
    assert QUARTER.ended_at(years_later) == QUARTER.last_moment
