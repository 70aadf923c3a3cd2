from datetime import timedelta
from decimal import Decimal

import pytest
from kpi_service.domain.health import health
from kpi_service.domain.threshold.policy import compile_policy

from tests.kpi.domain.builders import START, policy_set

SILENCE = compile_policy(policy_set(no_data_after="PT2H"), 1)


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
    assert judged(value=None, observed_at=None, target=Decimal(5)) == "no_data"


def test_silence_goes_before_a_breach():
    late = START + timedelta(hours=2, seconds=1)
    assert judged(policy=SILENCE, severity="critical", now=late) == "no_data"


def test_silence_begins_after_the_time_the_policy_names():
    assert judged(policy=SILENCE, now=START + timedelta(hours=2)) == "not_judged"


def test_without_such_a_time_silence_means_nothing():
    assert judged(now=START + timedelta(days=4000)) == "not_judged"


def test_a_breach_goes_before_the_target():
    assert judged(severity="warning", target=Decimal(5)) == "warning"


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
    assert judged(direction=direction, target=Decimal(target)) == expected
