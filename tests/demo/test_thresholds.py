from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from helmlog_local.company.generated import generated_series
from helmlog_local.company.series import Reading, Tally, tally
from helmlog_local.company.thresholds import learn_policy

NOON = datetime(2024, 1, 1, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def temperature():
    return next(one for one in generated_series() if one.slug == "cold-store-temperature")


def test_bounds_know_nothing_of_what_comes_after_the_learning(temperature):
    policy = learn_policy(temperature)
    changed = [
        reading._replace(value="99") if reading.observed_at >= policy.effective_from else reading
        for reading in temperature.readings
    ]
    assert learn_policy(replace(temperature, readings=changed)) == policy


def test_a_quarter_of_a_short_series_is_learned_from(temperature):
    readings = [Reading(NOON + timedelta(hours=hour), str(hour)) for hour in range(41)]
    assert learn_policy(replace(temperature, readings=readings)).effective_from == (
        NOON + timedelta(hours=10)
    )


def test_28_days_of_a_long_series_are_learned_from(temperature):
    policy = learn_policy(temperature)
    assert policy.effective_from == temperature.first_observed_at + timedelta(days=28)


def test_the_middle_99_percent_are_widened_by_a_tenth_and_by_a_quarter(temperature):
    # 0..400 hours, the first 101 of them learned from: the middle 99 % are 0..100, rounded to rank.
    readings = [Reading(NOON + timedelta(hours=hour), str(hour)) for hour in range(401)]
    rules = learn_policy(replace(temperature, readings=readings)).rules
    low, high = Decimal(0), Decimal(99)
    bounds = {(rule.severity, rule.when): rule.value for rule in rules}
    assert bounds == {
        ("warning", "below"): low - Decimal("9.9"),
        ("warning", "above"): high + Decimal("9.9"),
        ("critical", "below"): low - Decimal("24.75"),
        ("critical", "above"): high + Decimal("24.75"),
    }


def test_only_the_sides_that_are_watched_get_bounds(temperature):
    rules = learn_policy(replace(temperature, watched=frozenset({"above"}))).rules
    assert {rule.when for rule in rules} == {"above"}


def test_recovery_lies_on_the_good_side_of_every_bound():
    for series in generated_series():
        for rule in learn_policy(series).rules:
            if rule.when == "below":
                assert rule.recover >= rule.value
            else:
                assert rule.recover <= rule.value


def test_a_series_that_never_varies_gets_bounds_all_the_same(temperature):
    readings = [Reading(NOON + timedelta(hours=hour), "4.2") for hour in range(40)]
    rules = learn_policy(replace(temperature, readings=readings)).rules
    assert {rule.value for rule in rules} == {Decimal("4.2")}


def test_a_tally_counts_every_reading_once():
    later = NOON + timedelta(hours=1)
    readings = [
        Reading(NOON, "1"),
        Reading(later, "2"),
        Reading(NOON, "1"),
        Reading(NOON, "3"),
        Reading(NOON, "1"),
    ]
    assert tally(readings) == Tally(instants=2, corrected=2, duplicates=1)
