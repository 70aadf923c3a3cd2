"""A source's silence: announced once, over once, and always what health says."""

from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from helmlog_events.contracts.kpi import KPIDataResumed, KPINoData, KPIRetired, KPIRevived
from hypothesis import given, settings
from hypothesis import strategies as st
from kpi_service.domain.health import is_silent
from kpi_service.domain.kpi.state import KPI, fold
from kpi_service.domain.silence import state
from kpi_service.domain.silence.decide import LookForData, Resumption, decide
from kpi_service.domain.silence.state import Heard, Silent
from kpi_service.domain.silence.watch import Watched
from kpi_service.domain.threshold.policy import policy_at

from tests.kpi.domain.builders import DEFINED, KPI_ID, START, policy_set

HOUR = timedelta(hours=1)
SILENCE = UUID("01970000-0000-7000-8000-000000000007")
WAITING = {"no_data_after": "PT2H", "on_no_data": "alert"}


def at(hours: float) -> datetime:
    return START + hours * HOUR


def defined(*events) -> KPI:
    kpi = fold([DEFINED, *events])
    assert isinstance(kpi, KPI)
    return kpi


def watched(kpi: KPI, newest: float | None, set_at: float = 0) -> Watched:
    known = {policy.effective_from: at(set_at) for policy in kpi.policies}
    return Watched(kpi, None if newest is None else at(newest), known)


def look(kpi: KPI, newest: float | None, now: float, silence=None, **fields):
    known = watched(kpi, newest, **fields)
    # Readings of these examples come by themselves: the newest is where they begin again.
    resumption = None if newest is None else Resumption(at(newest), Decimal(1))
    return decide(LookForData(known, SILENCE, resumption, at(now)), silence or Heard())


def no_data(last: float | None) -> KPINoData:
    moment = None if last is None else at(last)
    return KPINoData(
        silence_id=SILENCE, kpi_id=KPI_ID, last_observed_at=moment, no_data_after="PT2H"
    )


ASKING = defined(policy_set(**WAITING))
SILENT = Silent(SILENCE, at(1))


def test_a_silence_begins_when_the_time_is_up_and_not_at_it():
    assert look(ASKING, 1, now=3) == []
    assert look(ASKING, 1, now=3.001) == [(no_data(1), at(3))]


def test_it_is_announced_once_however_long_it_lasts():
    assert look(ASKING, 1, now=99, silence=SILENT) == []


def test_what_never_was_measured_is_given_its_time_since_the_policy_held_and_was_set():
    assert look(ASKING, None, now=6.5, set_at=5) == []
    assert look(ASKING, None, now=7.5, set_at=5) == [(no_data(None), at(7))]


def test_readings_of_years_ago_are_a_silence():
    assert look(ASKING, 1, now=100_000) == [(no_data(1), at(3))]


@pytest.mark.parametrize("means", ["keep", "ok"])
def test_who_does_not_ask_for_an_alert_is_told_nothing(means):
    assert look(defined(policy_set(no_data_after="PT2H", on_no_data=means)), 1, now=9) == []


def test_a_reading_ends_it():
    (said,) = look(ASKING, 8, now=9, silence=SILENT)
    assert said.event == KPIDataResumed(
        silence_id=SILENCE, kpi_id=KPI_ID, observed_at=at(8), value=Decimal(1)
    )
    assert said.since == at(8)


def test_a_reading_that_is_itself_too_old_does_not():
    assert look(ASKING, 6, now=9, silence=SILENT) == []


def test_another_policy_ends_it_from_when_it_holds():
    patient = defined(policy_set(**WAITING), policy_set(effective_from=at(6)))
    (said,) = look(patient, 1, now=9, silence=SILENT)
    assert (said.event.cause, said.event.value, said.since) == ("policy", None, at(6))


def test_so_does_its_retirement():
    retired = defined(
        policy_set(**WAITING), KPIRetired(kpi_id=KPI_ID, effective_from=at(7), reason="x")
    )
    (said,) = look(retired, 1, now=9, silence=SILENT)
    assert (said.event.cause, said.since) == ("retired", at(7))


def test_one_looks_again_just_after_the_time_is_up_and_when_another_rule_holds():
    instant = timedelta(microseconds=1)
    assert watched(ASKING, 1).look_again_at(at(2)) == at(3) + instant
    assert watched(ASKING, 1).look_again_at(at(3)) == at(3) + instant
    assert watched(ASKING, 1).look_again_at(at(4)) is None
    later = defined(policy_set(**WAITING), policy_set(effective_from=at(2.5)))
    assert watched(later, 1).look_again_at(at(2)) == at(2.5)


CHANGES = st.lists(
    st.tuples(
        st.integers(0, 40),
        st.sampled_from(["PT1H", "PT2H", "PT7H", None, "retired", "revived"]),
    ),
    max_size=5,
    unique_by=lambda change: change[0],
)


def change(hour: int, what: str | None):
    if what in {"retired", "revived"}:
        event = KPIRetired if what == "retired" else KPIRevived
        return event(kpi_id=KPI_ID, effective_from=at(hour), reason="x")
    return policy_set(effective_from=at(hour), no_data_after=what, on_no_data="alert")


@settings(max_examples=150, deadline=None)
@given(
    changes=CHANGES,
    readings=st.lists(st.tuples(st.integers(1, 80), st.integers(0, 6)), max_size=12),
)
def test_what_is_announced_is_what_health_says_at_every_moment(changes, readings):
    """Readings arrive some hours late; the timer looks when it said it would, and when a reading
    comes while it is silent.
    """
    kpi = defined(*(change(hour, what) for hour, what in changes))
    arrivals = {half / 2: half / 2 - late for half, late in readings}
    newest, silence = 0.0, Heard()
    due: datetime | None = START
    for step in range(400):
        now = step / 8
        arrived = arrivals.get(now)
        if arrived is not None:
            newest = max(newest, arrived)
        known = watched(kpi, newest)
        ends = arrived is not None and isinstance(silence, Silent)
        if ends or (due is not None and due <= at(now)):
            for said in look(kpi, newest, now, silence):
                silence = state.evolve(silence, said.event)
            due = known.look_again_at(at(now))
        policy = policy_at(kpi.policies, at(now))
        silent = kpi.is_measured_at(at(now)) and is_silent(policy, at(newest), at(now))
        # A limit that falls on a step is looked at just after it, at the next.
        if due is None or due > at(now):
            assert isinstance(silence, Silent) is silent
