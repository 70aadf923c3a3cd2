from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from helmlog_events.contracts.okr import FiscalCalendarDefined
from helmlog_events.fiscal import WEEKDAYS
from hypothesis import example, given
from hypothesis import strategies as st
from kpi_service.domain.periods import Calendar, CalendarExceeded, FiscalCalendarMissing, Span

PERIODS = ("hour", "day", "week", "month", "quarter", "year")
FISCAL = ("fiscal_month", "fiscal_quarter", "fiscal_year")
LONGEST = timedelta(days=372)


def fiscal(pattern="months", first_month=2, named_by="end", ends_on_weekday=None):
    return FiscalCalendarDefined(
        slug="group",
        name="Group",
        pattern=pattern,
        first_month=first_month,
        named_by=named_by,
        ends_on_weekday=ends_on_weekday,
    )


fiscal_calendars = st.one_of(
    st.builds(fiscal, first_month=st.integers(1, 12), named_by=st.sampled_from(["start", "end"])),
    st.builds(
        fiscal,
        st.sampled_from(["4-4-5", "4-5-4", "5-4-4"]),
        st.integers(1, 12),
        st.sampled_from(["start", "end"]),
        st.sampled_from(WEEKDAYS),
    ),
)
# Offsets of a quarter of an hour, half an hour of summer time, midnights that are skipped or come
# twice, a day that was skipped, one that lasted 47 hours, winter time in the month of fasting.
zones = st.sampled_from(
    [
        "UTC",
        "Asia/Kathmandu",
        "Australia/Lord_Howe",
        "America/Sao_Paulo",
        "America/Goose_Bay",
        "America/Toronto",
        "America/Havana",
        "Pacific/Apia",
        "Pacific/Kwajalein",
        "Africa/Casablanca",
        "Africa/Monrovia",
    ]
).map(ZoneInfo)
moments = st.integers(-70 * 365 * 86_400, 230 * 365 * 86_400).map(
    lambda seconds: datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
)


@given(zones, fiscal_calendars, st.sampled_from(PERIODS + FISCAL), moments)
@example(  # clocks set back over midnight, a minute after it
    ZoneInfo("America/Goose_Bay"), fiscal(), "day", datetime(2010, 11, 7, 2, 30, tzinfo=UTC)
)
@example(  # and set forth over it, half an hour before
    ZoneInfo("America/Toronto"), fiscal(), "day", datetime(1919, 3, 31, 4, 45, tzinfo=UTC)
)
@example(  # before the first week of the fiscal year that is named so
    ZoneInfo("UTC"),
    fiscal("4-4-5", 1, "start", "sunday"),
    "fiscal_year",
    datetime(2018, 12, 31, tzinfo=UTC),
)
def test_every_moment_lies_in_one_period_and_periods_follow_without_gap(
    zone, calendar, period, moment
):
    cut = Calendar(zone, calendar)
    spans = list(
        cut.spans(
            period, moment, moment + 2 * LONGEST if period != "hour" else moment + timedelta(days=4)
        )
    )
    assert spans[0].starts_at <= moment < spans[0].ends_at
    assert all(one.ends_at == after.starts_at for one, after in pairwise(spans))
    for one in spans[:30]:
        assert one.starts_at < one.ends_at <= one.starts_at + LONGEST
        assert cut.span_of(period, one.starts_at) == one
        assert cut.span_of(period, one.ends_at - timedelta(microseconds=1)) == one


@given(zones, fiscal_calendars, moments)
def test_shorter_periods_fill_longer_ones(zone, calendar, moment):
    cut = Calendar(zone, calendar)
    for longer, shorter in (
        ("day", "hour"),
        ("week", "day"),
        ("month", "day"),
        ("quarter", "month"),
        ("year", "quarter"),
        ("fiscal_month", "day"),
        ("fiscal_quarter", "fiscal_month"),
        ("fiscal_year", "fiscal_quarter"),
    ):
        whole = cut.span_of(longer, moment)
        parts = list(cut.spans(shorter, whole.starts_at, whole.ends_at))
        assert (parts[0].starts_at, parts[-1].ends_at) == (whole.starts_at, whole.ends_at)


def test_hours_are_of_sixty_minutes_but_where_clocks_were_set_by_less():
    cut = Calendar(ZoneInfo("Australia/Lord_Howe"))
    since = datetime(2019, 10, 5, 13, tzinfo=UTC)
    day = cut.span_of("day", since + timedelta(hours=2))
    assert day == Span(
        datetime(2019, 10, 5, 13, 30, tzinfo=UTC), datetime(2019, 10, 6, 13, tzinfo=UTC)
    )
    lengths = [one.ends_at - one.starts_at for one in cut.spans("hour", day.starts_at, day.ends_at)]
    assert lengths == [timedelta(hours=1)] * 23 + [timedelta(minutes=30)]


def test_a_day_that_the_calendar_skipped_is_none():
    cut = Calendar(ZoneInfo("Pacific/Apia"))
    days = cut.spans(
        "day", datetime(2011, 12, 29, 12, tzinfo=UTC), datetime(2012, 1, 1, tzinfo=UTC)
    )
    assert [one.starts_at.astimezone(cut.timezone).date() for one in days] == [
        date(2011, 12, 29),
        date(2011, 12, 31),
        date(2012, 1, 1),
    ]


@pytest.mark.parametrize("period", PERIODS + FISCAL)
@pytest.mark.parametrize(
    ("zone", "moment"),
    [
        ("Pacific/Kiritimati", datetime(9999, 12, 31, 23, tzinfo=UTC)),
        ("America/Adak", datetime(9999, 12, 31, 23, tzinfo=UTC)),
        ("America/Adak", datetime(1, 1, 1, tzinfo=UTC)),
        ("Pacific/Kiritimati", datetime(1, 1, 1, tzinfo=UTC)),
    ],
)
def test_a_period_that_the_end_of_the_calendar_cuts_off_is_refused(period, zone, moment):
    cut = Calendar(ZoneInfo(zone), fiscal("4-4-5", 1, "start", "sunday"))
    with pytest.raises(CalendarExceeded):
        cut.span_of(period, moment)


def test_a_fiscal_period_needs_a_fiscal_calendar():
    with pytest.raises(FiscalCalendarMissing):
        Calendar(ZoneInfo("UTC")).span_of("fiscal_quarter", datetime(2020, 1, 1, tzinfo=UTC))
