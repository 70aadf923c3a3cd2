from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kpi_service.domain.charts import END, MOST_POINTS, ORIGIN, ChartTooFine, bucket_for, buckets
from kpi_service.domain.durations import format_duration, parse_duration

instants = st.integers(0, (END - ORIGIN) // timedelta(microseconds=1) - 1).map(
    lambda place: ORIGIN + place * timedelta(microseconds=1)
)
windows = st.tuples(instants, instants).map(sorted).filter(lambda window: window[0] < window[1])


@given(windows, st.integers(1, MOST_POINTS))
def test_buckets_cover_the_window_in_no_more_points_than_asked_for(window, points):
    since, before = window
    found = buckets(bucket_for(since, before, points), since, before)
    assert len(found) <= points
    assert found[0].starts_at <= since < found[0].ends_at
    assert found[-1].starts_at < before <= found[-1].ends_at
    assert all(one.ends_at == after.starts_at for one, after in pairwise(found))


def test_the_bucket_is_the_shortest_round_one():
    since = datetime(2020, 1, 1, tzinfo=UTC)
    year = since + timedelta(days=366)
    assert bucket_for(since, year, 500) == timedelta(days=1)
    assert bucket_for(since, year, 5_000) == timedelta(hours=2)
    assert bucket_for(since, since + timedelta(hours=1), 60) == timedelta(minutes=1)
    assert bucket_for(since, since + timedelta(seconds=3), 500) == timedelta(seconds=1)


def test_buckets_of_weeks_begin_on_mondays():
    moment = datetime(2020, 1, 1, tzinfo=UTC)
    (week,) = buckets(timedelta(weeks=1), moment, moment + timedelta(hours=1))
    assert week.starts_at == datetime(2019, 12, 30, tzinfo=UTC)


def test_more_points_than_a_chart_has_are_refused():
    moment = datetime(2020, 1, 1, tzinfo=UTC)
    assert len(buckets(timedelta(seconds=1), moment, moment + timedelta(seconds=5_000))) == 5_000
    with pytest.raises(ChartTooFine):
        buckets(timedelta(seconds=1), moment, moment + timedelta(seconds=5_001))


@given(st.integers(1, 10**10).map(lambda seconds: timedelta(seconds=seconds)))
def test_a_length_is_told_as_it_is_read(length):
    assert parse_duration(format_duration(length)) == length
