"""Bounds made of readings whose truth is known."""

from datetime import timedelta
from decimal import Decimal

import numpy as np
import pytest
from kpi_service.domain.backtest.rehearsal import run
from kpi_service.domain.forecast.series import TooLittle
from kpi_service.domain.suggestion.rules import suggest_rules
from kpi_service.domain.suggestion.sensitivity import SETTINGS
from kpi_service.domain.suggestion.usual import find_usual
from kpi_service.domain.threshold.observation import Observation

from tests.kpi.domain.builders import START, policy

HALF_HOUR = 1_800


def daily(days=28, spread=3.0, level=100.0):
    place = np.arange(48 * days)
    noise = np.random.default_rng(3).normal(0, spread, len(place))
    return level + 20 * np.sin(2 * np.pi * place / 48) + noise


def times_of(values, step=HALF_HOUR):
    return int(START.timestamp()) + step * np.arange(len(values), dtype=np.int64)


def suggested(values, direction="within", sensitivity="medium", step=HALF_HOUR):
    times = times_of(values, step)
    usual = find_usual(times, values, SETTINGS[sensitivity].reach)
    length = float(times[-1] - times[0])
    return usual, suggest_rules(direction, usual, values, length, sensitivity)


def fired(rules, values):
    readings = [
        Observation(START + place * timedelta(seconds=HALF_HOUR), Decimal(f"{value:.3f}"))
        for place, value in enumerate(values)
    ]
    return list(run([policy(*rules)], readings))


def test_spread_is_that_around_the_season_and_not_that_of_the_season():
    usual, _ = suggested(daily())
    assert usual.spread == pytest.approx(3, rel=0.25)
    assert [one.name for one in usual.seasons if one.pattern is not None] == ["day"]


@pytest.mark.parametrize(
    ("direction", "sides"),
    [("up", {"below"}), ("down", {"above"}), ("within", {"below", "above"})],
)
def test_the_bad_side_is_watched(direction, sides):
    _, rules = suggested(daily(), direction)
    assert {one.when for one in rules.rules} == sides
    assert {one.severity for one in rules.rules} == {"warning", "critical"}


def test_bounds_lie_outside_of_what_is_usual_and_recover_nearer_to_it():
    usual, made = suggested(daily())
    by = {(one.when, one.severity): one for one in made.rules}
    low, high = Decimal(usual.low.bound), Decimal(usual.high.bound)
    assert by["below", "critical"].value < by["below", "warning"].value < low
    assert high < by["above", "warning"].value < by["above", "critical"].value
    assert all(one.recover > one.value for one in made.rules if one.when == "below")
    assert all(one.recover < one.value for one in made.rules if one.when == "above")


def test_quiet_history_is_left_quiet_and_what_is_wrong_fires():
    values = daily()
    _, made = suggested(values)
    assert len(fired(made.rules, values)) <= 1
    values[600:620] += 60
    assert any(
        one.triggered_at <= START + 620 * timedelta(seconds=HALF_HOUR) and one.gravest == "critical"
        for one in fired(made.rules, values)
    )


def test_what_was_wrong_in_the_past_hardly_moves_the_bounds():
    calm, disturbed = daily(), daily()
    disturbed[600:640] += 80
    bounds = [
        {(one.when, one.severity): float(one.value) for one in suggested(values)[1].rules}
        for values in (calm, disturbed)
    ]
    assert bounds[1] == pytest.approx(bounds[0], abs=6)


def test_the_more_sensitive_the_nearer_are_the_bounds():
    values = daily()
    warnings = [
        next(one.value for one in suggested(values, "down", name)[1].rules)
        for name in ("high", "medium", "low")
    ]
    assert warnings == sorted(warnings)
    assert len(set(warnings)) == 3


def test_single_spikes_ask_for_more_readings_in_a_row():
    values = daily()
    values[40::97] += 100
    _, made = suggested(values, "down")
    assert all(one.for_readings > 1 for one in made.rules)
    assert not fired(made.rules, values)


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        (daily()[:99], "at least 100"),
        (np.full(500, 7.0), "same value"),
    ],
)
def test_too_little_is_said(values, reason):
    with pytest.raises(TooLittle, match=reason):
        suggested(values)


def test_no_bound_is_suggested_where_nothing_can_be():
    values = np.abs(daily(level=21.0, spread=4.0))
    with pytest.raises(TooLittle, match="below zero, where readings never were"):
        suggested(values, "up", "low")
