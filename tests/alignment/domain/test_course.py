from datetime import UTC, date, datetime, timedelta

from alignment_service.domain.course import Course, create_course, linked_at, unlinked_at

TICK = timedelta(microseconds=1)
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
YEAR = create_course(date(2014, 1, 1), date(2014, 12, 31), "UTC")
QUARTER = create_course(date(2014, 10, 1), date(2014, 12, 31), "UTC")
CURRENT = create_course(date(2026, 10, 1), date(2026, 12, 31), "UTC")
COMING = create_course(date(2027, 1, 1), date(2027, 3, 31), "UTC")


def test_a_cycle_runs_from_the_first_moment_of_its_first_day_to_the_last_of_its_last():
    assert Course(datetime(2014, 10, 1, tzinfo=UTC), datetime(2015, 1, 1, tzinfo=UTC)) == QUARTER
    assert QUARTER.last_moment == datetime(2015, 1, 1, tzinfo=UTC) - TICK


def test_days_begin_where_the_cycle_lives():
    auckland = create_course(date(2026, 1, 1), date(2026, 3, 31), "Pacific/Auckland")
    assert auckland.starts_at == datetime(2025, 12, 31, 11, tzinfo=UTC)
    assert auckland.ends_at == datetime(2026, 3, 31, 11, tzinfo=UTC)


def test_a_link_holds_from_the_start_of_the_later_of_its_cycles():
    assert linked_at(NOW, QUARTER, YEAR) == QUARTER.starts_at
    assert linked_at(NOW, YEAR, QUARTER) == QUARTER.starts_at


def test_a_link_of_a_cycle_to_come_holds_from_now_on():
    assert linked_at(NOW, COMING, CURRENT) == NOW


def test_a_link_ends_now_in_a_running_cycle_and_with_its_targets_cycle_in_a_past_one():
    assert unlinked_at(NOW, CURRENT, CURRENT.starts_at) == NOW
    assert unlinked_at(NOW, QUARTER, QUARTER.starts_at) == QUARTER.last_moment


def test_a_link_never_ends_before_it_holds():
    assert unlinked_at(NOW, QUARTER, CURRENT.starts_at) == CURRENT.starts_at
