from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kpi_service.domain.achievement import MOST, achievement, budget_use
from kpi_service.domain.kpi.state import Target

from tests.kpi.domain.builders import START

numbers = st.decimals(
    min_value=-(10**19), max_value=10**19, places=4, allow_nan=False, allow_infinity=False
) | st.sampled_from([Decimal(0), Decimal(1), Decimal(-1)])
directions = st.sampled_from(["up", "down"])


def to(target, upper=None, **fields) -> Target:
    upper = None if upper is None else Decimal(upper)
    return Target(START, Decimal(target), upper, **fields)


@pytest.mark.parametrize(
    ("direction", "value", "target", "share"),
    [
        ("up", "50", "200", "0.25"),
        ("up", "300", "200", "1.5"),
        ("up", "-5", "200", "0"),
        ("up", "-10", "-5", "0.5"),
        ("up", "-5", "-10", "2"),
        ("up", "3", "-5", "10"),
        ("up", "0", "0", "1"),
        ("up", "-0.1", "0", "0"),
        ("down", "100", "50", "0.5"),
        ("down", "25", "50", "2"),
        ("down", "0", "50", "10"),
        ("down", "-5", "-10", "0.5"),
        ("down", "5", "-10", "0"),
        ("down", "0", "0", "1"),
        ("down", "1", "0", "0"),
    ],
)
def test_the_share_reached_of_a_target(direction, value, target, share):
    assert achievement(Decimal(value), to(target), direction).share == Decimal(share)


@pytest.mark.parametrize(
    ("value", "reached", "share"),
    [("50", False, "0.5"), ("100", True, "1"), ("150", True, "1"), ("400", False, "0.5")],
)
def test_within_a_band_all_is_reached_and_outside_what_its_nearer_bound_says(value, reached, share):
    assert achievement(Decimal(value), to(100, 200), "within") == (reached, Decimal(share))


def test_a_bound_that_does_not_count_is_met_but_not_reached():
    beyond = to(120, inclusive=False)
    assert achievement(Decimal(120), beyond, "up") == (False, 1)
    assert achievement(Decimal(120), beyond, "down") == (False, 1)
    assert not achievement(Decimal(120), to(120, 130, inclusive=False), "within").reached


def test_a_single_figure_says_nothing_of_what_should_stay_within():
    assert achievement(Decimal(1), to(100), "within") == (True, None)


@pytest.mark.parametrize(
    ("spent", "budget", "kept", "share"),
    [
        ("30", "40", True, "0.75"),
        ("40", "40", True, "1"),
        ("50", "40", False, "1.25"),
        ("-3", "40", True, "0"),
        ("0", "0", True, "0"),
        ("1", "0", False, "10"),
    ],
)
def test_a_budget_is_kept_as_long_as_no_more_is_spent(spent, budget, kept, share):
    assert budget_use(Decimal(spent), to(budget, purpose="budget")) == (kept, Decimal(share))


@given(value=numbers, target=numbers, direction=directions)
def test_the_target_is_reached_exactly_where_the_share_is_whole(value, target, direction):
    reached, share = achievement(value, to(target), direction)
    assert reached == (share >= 1)
    assert 0 <= share <= MOST


@given(one=numbers, other=numbers, target=numbers, direction=directions)
def test_a_better_value_never_reaches_less(one, other, target, direction):
    worse, better = sorted((one, other), reverse=direction == "down")
    shares = [achievement(value, to(target), direction).share for value in (worse, better)]
    assert shares == sorted(shares)


@given(value=numbers, target=numbers)
def test_what_should_fall_is_the_mirror_image_of_what_should_rise(value, target):
    mirrored = to(target.copy_negate())
    assert achievement(value, to(target), "up") == achievement(
        value.copy_negate(), mirrored, "down"
    )


@given(value=numbers, bounds=st.lists(numbers, min_size=2, max_size=2, unique=True))
def test_a_band_is_whole_inside_and_only_there(value, bounds):
    lower, upper = sorted(bounds)
    reached, share = achievement(value, to(lower, upper), "within")
    assert reached == (lower <= value <= upper) == (share == 1)
