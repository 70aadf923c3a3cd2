from datetime import timedelta
from decimal import Decimal

import pytest
from kpi_service.domain.health import health
from kpi_service.domain.kpi.state import Target
from kpi_service.domain.threshold.policy import compile_policy

from tests.kpi.domain.builders import START, policy_set

SILENCE = compile_policy(policy_set(no_data_after="PT2H"), 1)


def to(target, upper=None) -> Target:
    return Target(START, Decimal(target), None if upper is None else Decimal(upper))


def judged(**facts) -> str:
    return health(
        **{
            "now": START,
            "value": Decimal(10),
            "observed_at": START,
            "policy": None,
            "severity": None,
            "direction": "up",
            "target": None,
            **facts,
        }
    )


def test_a_kpi_without_a_target_is_not_judged():
    assert judged() == "not_judged"


def test_a_kpi_without_a_reading_has_no_data_whatever_its_target():
    assert judged(value=None, observed_at=None, target=to(5)) == "no_data"


def test_silence_goes_before_a_breach():
    late = START + timedelta(hours=2, seconds=1)
    assert judged(policy=SILENCE, severity="critical", now=late) == "no_data"


def test_silence_begins_after_the_time_the_policy_names():
    assert judged(policy=SILENCE, now=START + timedelta(hours=2)) == "not_judged"


def test_without_such_a_time_silence_means_nothing():
    assert judged(now=START + timedelta(days=4000)) == "not_judged"


def test_a_breach_goes_before_the_target():
    assert judged(severity="warning", target=to(5)) == "warning"


@pytest.mark.parametrize(
    ("direction", "target", "expected"),
    [
        ("up", 10, "on_target"),
        ("up", 11, "off_target"),
        ("down", 10, "on_target"),
        ("down", 9, "off_target"),
        ("within", 99, "on_target"),
    ],
)
def test_the_target_itself_is_reached(direction, target, expected):
    assert judged(direction=direction, target=to(target)) == expected


def test_what_should_stay_within_a_band_is_off_target_outside_it():
    assert judged(direction="within", target=to(5, 9)) == "off_target"
    assert judged(direction="within", target=to(5, 10)) == "on_target"


def test_what_is_retired_is_not_judged_and_its_silence_means_nothing():
    assert judged(measured=False, value=None, observed_at=None) == "not_judged"
    late = START + timedelta(days=1)
    assert judged(measured=False, policy=SILENCE, now=late, target=to(5)) == "not_judged"
