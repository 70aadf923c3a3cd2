from datetime import timedelta

import pytest
from helmlog_local.company.load import load_company
from helmlog_local.demo.script import portions


@pytest.fixture(scope="module")
def company():
    return load_company({})


@pytest.fixture(scope="module")
def script(company):
    return portions(company)


def test_every_reading_is_played_once_in_its_order_of_arrival(company, script):
    for series in company.series:
        played = [one for portion in script for one in portion.readings.get(series.slug, ())]
        assert played == list(series.readings)


def test_nothing_later_than_a_stop_is_played_before_it(company, script):
    for series in company.series:
        for portion, stop in zip(script, company.stops(series), strict=False):
            assert portion.newest[series.slug] <= stop


def test_the_newest_instant_never_falls(company, script):
    for series in company.series:
        newest = [portion.newest[series.slug] for portion in script]
        assert newest == sorted(newest)
        assert newest[-1] == series.last_observed_at


def test_a_quarter_is_planned_before_its_first_reading_and_closed_after_its_last_stop(script):
    planned = set()
    for portion in script:
        planned |= {cycle.name for cycle in portion.begins}
        observed = [one.observed_at for part in portion.readings.values() for one in part]
        for cycle in portion.begins:
            assert max(observed) >= cycle.starts_at
        for cycle in portion.ends:
            assert cycle.name in planned
            assert max(observed) >= cycle.ends_at - timedelta(days=1)
    assert planned == {"2024-Q1", "2024-Q2", "2024-Q3"}


def test_a_quarter_is_closed_before_the_one_that_follows_the_same_kpis_begins(script):
    told = [
        (what, cycle.name)
        for portion in script
        for what, cycles in (("begins", portion.begins), ("ends", portion.ends))
        for cycle in cycles
    ]
    assert told == [
        ("begins", "2024-Q1"),
        ("ends", "2024-Q1"),
        ("begins", "2024-Q2"),
        ("ends", "2024-Q2"),
        ("begins", "2024-Q3"),
    ]
