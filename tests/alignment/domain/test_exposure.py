"""Days are counted from the start of a cycle of 90; what is recorded is recorded much later."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from alignment_service.domain.course import Course
from alignment_service.domain.risks.exposure import Binding, Breach, Recovery, at_risk_since

START = datetime(2014, 10, 1, tzinfo=UTC)
LENGTH = 90
TICK = timedelta(microseconds=1)
TOLD = datetime(2026, 1, 1, tzinfo=UTC)


def day(number: float) -> datetime:
    return START + timedelta(days=number)


def told(order: int) -> datetime:
    return TOLD + timedelta(seconds=order)


BINDING = Binding(
    key_result_id=UUID(int=1),
    objective_id=UUID(int=2),
    cycle_id=UUID(int=3),
    course=Course(day(0), day(LENGTH)),
    bound_at=day(0),
    recorded_at=told(0),
    objective_closed=False,
)


def breached(
    at: datetime, *, recovered: datetime | None = None, value: datetime | None = None
) -> Breach:
    """Told after the binding, its recovery after itself."""
    return Breach(
        breach_id=UUID(int=4),
        kpi_id=UUID(int=5),
        severity="critical",
        opened_at=at - timedelta(hours=1),
        breached_at=at,
        recorded_at=told(1),
        recovery=None if recovered is None else Recovery(recovered, told(2)),
        last_value_at=value,
    )


@pytest.mark.parametrize("moment", [day(0), day(45), day(LENGTH) - TICK])
def test_a_breach_within_the_cycle_is_a_risk_from_its_own_moment(moment):
    assert at_risk_since(BINDING, breached(moment)) == moment
    assert at_risk_since(BINDING, breached(moment, recovered=moment + TICK)) == moment


@pytest.mark.parametrize("moment", [day(LENGTH), day(LENGTH + 1)])
def test_a_breach_after_the_cycle_is_no_risk(moment):
    assert at_risk_since(BINDING, breached(moment, value=moment)) is None


def test_a_breach_over_before_the_cycle_is_no_risk_whatever_the_value_later():
    assert at_risk_since(BINDING, breached(day(-9), recovered=day(-8), value=day(3))) is None
    assert at_risk_since(BINDING, breached(day(-9), recovered=day(0))) is None


def test_a_breach_carried_over_is_a_risk_from_the_start_of_the_cycle():
    assert at_risk_since(BINDING, breached(day(-9), value=day(0))) == day(0)
    assert at_risk_since(BINDING, breached(day(-9), recovered=day(0) + TICK)) == day(0)


def test_a_breach_before_the_cycle_is_no_risk_while_it_is_not_known_to_go_on_into_it():
    assert at_risk_since(BINDING, breached(day(-9))) is None
    assert at_risk_since(BINDING, breached(day(-9), value=day(0) - TICK)) is None


def test_a_breach_that_stands_when_the_binding_is_made_is_taken_as_it_stands():
    later = replace(BINDING, recorded_at=told(3))
    assert at_risk_since(later, breached(day(-9))) == day(0)
    assert at_risk_since(later, breached(day(9))) == day(9)


def test_a_breach_that_stands_before_a_cycle_to_come_waits_for_it():
    begins = told(0) + timedelta(days=30)
    coming = replace(
        BINDING,
        course=Course(begins, begins + timedelta(days=LENGTH)),
        bound_at=told(3),
        recorded_at=told(3),
    )
    assert at_risk_since(coming, breached(told(0))) is None
    assert at_risk_since(coming, breached(told(0), value=begins)) == begins


def test_what_was_over_when_the_binding_was_made_is_no_risk():
    later = replace(BINDING, recorded_at=told(3))
    assert at_risk_since(later, breached(day(5), recovered=day(6))) is None


def test_a_risk_is_true_no_earlier_than_the_binding():
    late = replace(BINDING, bound_at=day(7))
    assert at_risk_since(late, breached(day(5))) == day(7)
    assert at_risk_since(late, breached(day(5), recovered=day(6))) is None


def test_a_closed_objective_is_no_longer_at_risk():
    assert at_risk_since(replace(BINDING, objective_closed=True), breached(day(5))) is None
