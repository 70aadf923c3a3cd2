"""Series whose truth is known, foretold."""

from decimal import Decimal

import numpy as np
import pytest
from kpi_service.domain.forecast.forecast import Course, Stretch, forecast
from kpi_service.domain.forecast.outcomes import UnderWay
from kpi_service.domain.forecast.series import TooLittle
from kpi_service.domain.forecast.spans import Goal

NOTHING_YET = UnderWay(None, 0.0)


def noise(count, spread=3.0, seed=7):
    return np.random.default_rng(seed).normal(0, spread, count)


def foretold(values, ahead=14, *, period="day", aggregation="last", goal=None, **fields):
    known = tuple(None if one is None else float(one) for one in values)
    stretch = Stretch(len(known), len(known) + ahead, goal)
    fields = {"under_way": NOTHING_YET, "stretches": (stretch,), "counter": False} | fields
    return forecast(Course(period, aggregation, values=known, **fields))


def weekly(count, slope=0.5, spread=3.0, seed=7):
    place = np.arange(count)
    return 100 + slope * place + 15 * np.sin(2 * np.pi * place / 7) + noise(count, spread, seed)


def share_inside(told, truth, width):
    bounds = [(getattr(one, f"lower_{width}"), getattr(one, f"upper_{width}")) for one in told]
    return np.mean([low <= value <= high for (low, high), value in zip(bounds, truth, strict=True)])


def test_season_and_slope_are_found_and_intervals_hold_about_what_they_say():
    inside = {80: [], 95: []}
    slopes_held = 0
    for seed in range(6):
        series = weekly(280 + 14, seed=seed)
        told = foretold(series[:280])
        (week,) = told.seasons
        assert week.pattern is not None
        assert week.strength > 0.8
        assert told.trend.tendency == "rising"
        assert told.trend.slope == pytest.approx(0.5, abs=0.02)
        slopes_held += told.trend.lower <= 0.5 <= told.trend.upper
        for width, shares in inside.items():
            shares.append(share_inside(told.steps[:14], series[280:], width))
    assert slopes_held >= 4
    assert 0.65 <= np.mean(inside[80]) <= 0.95
    assert 0.88 <= np.mean(inside[95]) <= 1


def test_the_past_says_how_far_off_it_was_and_that_it_was_better_than_naive():
    told = foretold(weekly(280))
    assert told.model == "exponential_smoothing"
    assert told.trial.smoothing.error < told.trial.naive.error
    assert told.trial.smoothing.error == pytest.approx(3 * np.sqrt(2 / np.pi), rel=0.35)
    assert told.trial.smoothing.scaled_error < 1
    assert 0.6 <= told.trial.smoothing.within_80 <= 0.95


def test_noise_has_no_season_and_no_tendency():
    found = [foretold(100 + noise(210, seed=seed)) for seed in range(4)]
    assert not [season for told in found for season in told.seasons if season.pattern is not None]
    assert sum(told.trend.tendency != "none" for told in found) <= 1


def test_a_walk_without_memory_of_its_level_opens_its_interval_as_it_goes():
    told = foretold(100 + noise(210).cumsum(), 30)
    widths = [one.upper_80 - one.lower_80 for one in told.steps]
    assert widths[24] > 3 * widths[0]


def test_where_going_by_last_season_was_nearer_it_is_used_and_said():
    # Each day of the week walks on from itself, for long: last week tells more than all of them.
    steps = noise(280, 6.0).reshape(40, 7)
    steps[0] += 60 * np.sin(2 * np.pi * np.arange(7) / 7)
    series = 200 + steps.cumsum(axis=0).reshape(280)
    told = foretold(series, 7)
    assert told.trial.naive.error < told.trial.smoothing.error
    assert (told.model, "nearer" in told.why) == ("naive", True)
    assert [one.value for one in told.steps[:7]] == pytest.approx(list(series[-7:]), abs=1.5)


def test_after_a_level_shift_it_goes_on_from_the_new_level():
    series = 100 + 30 * (np.arange(210) > 180) + noise(210)
    middle = [one.value for one in foretold(series).steps]
    assert np.mean(middle) == pytest.approx(130, abs=4)


def test_what_never_changed_is_foretold_unchanged():
    told = foretold([5.0] * 40)
    assert told.model == "constant"
    assert (told.steps[0].lower_95, told.steps[0].upper_95) == (5.0, 5.0)
    assert told.trend.tendency == "none"


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ([1.0] * 11, "11 periods have a value; at least 12"),
        ([], "0 periods have a value"),
        ([1.0, None, None] * 12 + [1.0], "can be filled in"),
        ([*weekly(60), *[None] * 8], "too old"),
    ],
)
def test_too_little_is_said_and_nothing_is_made_up(values, reason):
    with pytest.raises(TooLittle, match=reason):
        foretold(values)


def test_a_season_takes_two_whole_rounds_to_be_seen():
    place = np.arange(23)
    told = foretold(100 + 20 * np.sin(2 * np.pi * place / 12) + noise(23, 1), 3, period="month")
    (year,) = told.seasons
    assert (year.pattern, year.why_not) == (None, "fewer than two whole seasons")
    assert told.trial is None or told.trial.origins >= 3


def test_gaps_are_filled_in_by_what_the_season_says():
    whole = list(weekly(280))
    holed = [None if place % 9 == 4 else one for place, one in enumerate(whole)]
    told, undisturbed = foretold(holed), foretold(whole)
    assert told.gaps == 31
    assert [one.value for one in told.steps] == pytest.approx(
        [one.value for one in undisturbed.steps], abs=3
    )


def test_what_never_was_negative_is_not_foretold_negative():
    values = np.abs(noise(210, 2.0)).round()
    assert min(one.lower_95 for one in foretold(values).steps) >= 0


def test_the_same_values_give_the_same_numbers():
    assert foretold(weekly(100)).steps == foretold(weekly(100)).steps


def test_a_sum_is_what_has_come_in_and_what_is_foretold_of_the_rest():
    place = np.arange(210)
    series = 50 + 10 * np.sin(2 * np.pi * place / 7) + noise(210, 2)
    stretch = Stretch(200, 230, Goal(Decimal(1400), None, inclusive=True))
    told = foretold(series, aggregation="sum", stretches=(stretch,))
    (outcome,) = told.outcomes
    expected = series[200:].sum() + (
        50 * 20 + 10 * np.sin(2 * np.pi * np.arange(210, 230) / 7).sum()
    )
    assert outcome.interval.lower_80 < outcome.interval.value < outcome.interval.upper_80
    assert outcome.interval.value == pytest.approx(expected, abs=30)
    assert outcome.chance > 0.9


@pytest.mark.parametrize(
    ("goal", "low", "high"),
    [
        (Goal(Decimal(100), None, inclusive=True), 0.3, 0.7),
        (Goal(None, Decimal(100), inclusive=True), 0.3, 0.7),
        (Goal(Decimal(120), None, inclusive=True), 0.001, 0.01),
        (Goal(None, Decimal(120), inclusive=True), 0.99, 0.999),
        (Goal(Decimal(97), Decimal(103), inclusive=True), 0.5, 0.85),
    ],
)
def test_the_chance_of_a_target_is_the_share_of_paths_that_meet_it(goal, low, high):
    (outcome,) = foretold(100 + noise(300), 1, goal=goal).outcomes
    assert low <= outcome.chance <= high


@pytest.mark.parametrize(
    ("aggregation", "counter", "expected"),
    [("sum", False, 95), ("last", True, 95), ("mean", False, 60), ("last", False, 60)],
)
def test_the_period_under_way_ends_as_earlier_ones_did_from_where_it_stands(
    aggregation, counter, expected
):
    # By half of the period a tenth of it has come in, or it stands 40 below its end.
    then = 5.0 if expected == 95 else 10.0
    under_way = UnderWay(50.0 if expected == 95 else 20.0, 0.5, ((then, 50.0),) * 8)
    series = 50 + noise(100, 0.1)
    told = foretold(series, 1, aggregation=aggregation, counter=counter, under_way=under_way)
    expected = 50 + 0.9 * 50 if expected == 95 else 0.5 * (20 + 40) + 0.5 * 50
    assert told.steps[0].value == pytest.approx(expected, abs=0.5)


def test_a_maximum_is_not_less_than_it_was_already():
    told = foretold(
        50 + noise(100, 0.1), 1, aggregation="max", under_way=UnderWay(80.0, 0.1, ((50, 50),) * 8)
    )
    assert told.steps[0].lower_95 == 80
