from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest
from helmlog_events.contracts.okr import FiscalCalendarDefined
from helmlog_events.fiscal import WEEKDAYS, Span, fiscal_year
from helmlog_events.testing.decider import DeciderTest
from hypothesis import given
from hypothesis import strategies as st
from okr_service.domain.fiscal_calendar.decide import DefineFiscalCalendar, decide
from okr_service.domain.fiscal_calendar.refusals import WeekdayMissing, WeekdayUnsuited
from okr_service.domain.fiscal_calendar.state import evolve, initial_state

DAY = timedelta(days=1)
spec = DeciderTest(decide, evolve, initial_state())


def calendar(pattern: str = "months", first_month: int = 2, **fields: object):
    known = {"slug": "group", "name": "Group", "named_by": "end", "ends_on_weekday": None}
    return FiscalCalendarDefined.model_validate(
        {**known, "pattern": pattern, "first_month": first_month, **fields}
    )


weeks = st.builds(
    calendar,
    pattern=st.sampled_from(["4-4-5", "4-5-4", "5-4-4"]),
    first_month=st.integers(1, 12),
    named_by=st.sampled_from(["start", "end"]),
    ends_on_weekday=st.sampled_from(WEEKDAYS),
)
months = st.builds(
    calendar, first_month=st.integers(1, 12), named_by=st.sampled_from(["start", "end"])
)
calendars = st.one_of(weeks, months)
years = st.integers(1900, 2999)


def test_a_year_from_february_on_named_by_its_end_has_its_last_quarter_from_november():
    quarter = fiscal_year(calendar(), 2020).quarters[3]
    assert quarter == Span(date(2019, 11, 1), date(2020, 1, 31))


def test_the_same_year_may_be_named_by_its_start():
    assert fiscal_year(calendar(named_by="start"), 2019).span == fiscal_year(calendar(), 2020).span


@pytest.mark.parametrize("named_by", ["start", "end"])
def test_a_year_from_january_on_is_the_calendar_year_however_it_is_named(named_by):
    year = fiscal_year(calendar(first_month=1, named_by=named_by), 2024)
    assert year.span == Span(date(2024, 1, 1), date(2024, 12, 31))
    assert year.periods[1] == Span(date(2024, 2, 1), date(2024, 2, 29))


def test_a_year_of_weeks_ends_on_the_last_saturday_of_its_last_month():
    retail = calendar("4-5-4", first_month=2, ends_on_weekday="saturday")
    assert fiscal_year(retail, 2020).span == Span(date(2019, 1, 27), date(2020, 1, 25))


def test_the_53rd_week_belongs_to_the_last_period():
    from_october = calendar("4-4-5", first_month=10, ends_on_weekday="saturday")
    long_year = fiscal_year(from_october, 2023)
    assert long_year.span == Span(date(2022, 9, 25), date(2023, 9, 30))
    assert [period.days // 7 for period in long_year.periods] == [
        4,
        4,
        5,
        4,
        4,
        5,
        4,
        4,
        5,
        4,
        4,
        6,
    ]


@given(calendars, years)
def test_the_periods_and_quarters_of_a_year_tile_it(of, year):
    whole = fiscal_year(of, year)
    for parts in (whole.periods, whole.quarters):
        assert parts[0].starts_on == whole.span.starts_on
        assert parts[-1].ends_on == whole.span.ends_on
        assert all(one.ends_on + DAY == next_.starts_on for one, next_ in pairwise(parts))
        assert all(part.days > 0 for part in parts)


@given(calendars, years)
def test_years_tile_time(of, year):
    assert fiscal_year(of, year).span.ends_on + DAY == fiscal_year(of, year + 1).span.starts_on


@given(weeks, years)
def test_a_year_of_weeks_has_52_or_53_in_quarters_of_13_and_the_last_may_have_14(of, year):
    whole = fiscal_year(of, year)
    assert whole.span.days in {52 * 7, 53 * 7}
    assert [quarter.days for quarter in whole.quarters[:3]] == [91, 91, 91]
    assert whole.quarters[3].days in {91, 98}
    assert WEEKDAYS[whole.span.ends_on.weekday()] == of.ends_on_weekday


@given(calendars, st.dates(date(1905, 1, 1), date(2990, 1, 1)))
def test_any_day_belongs_to_exactly_one_period(of, day):
    holding = [
        period
        for year in range(day.year - 2, day.year + 3)
        for period in fiscal_year(of, year).periods
        if period.starts_on <= day <= period.ends_on
    ]
    assert len(holding) == 1


def test_a_calendar_is_defined_anew_and_the_same_definition_says_nothing():
    spec.given().when(DefineFiscalCalendar(calendar())).then(calendar())
    spec.given(calendar()).when(DefineFiscalCalendar(calendar())).then_nothing()
    other = calendar(first_month=4)
    spec.given(calendar()).when(DefineFiscalCalendar(other)).then(other)


def test_a_year_of_weeks_needs_its_weekday_and_a_year_of_months_has_none():
    spec.given().when(DefineFiscalCalendar(calendar("4-4-5"))).then_refused(WeekdayMissing("4-4-5"))
    friday = calendar(ends_on_weekday="friday")
    spec.given().when(DefineFiscalCalendar(friday)).then_refused(WeekdayUnsuited("friday"))
