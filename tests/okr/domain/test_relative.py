"""A target told as a change of its KPI becomes numbers when the cycle starts."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from helmlog_events.contracts.okr import KeyResultTargetResolved, KeyResultUpdated, RelativeTarget
from helmlog_events.testing.decider import DeciderTest
from okr_service.domain.course import Course
from okr_service.domain.key_result.commands import FollowKPI, ResolveTarget
from okr_service.domain.key_result.decide import decide
from okr_service.domain.key_result.kpi_value import KPIValue
from okr_service.domain.key_result.relative import Numbers, basis_before, resolve
from okr_service.domain.key_result.state import evolve, evolve_existing, initial_state

from tests.okr.domain.examples import (
    CYCLE_ID,
    DAY_45,
    KEY_RESULT_ID,
    KPI_ID,
    OBJECTIVE_ID,
    START,
    a_cycle,
    a_key_result,
    activated,
    added,
    an_objective,
    closed,
    definition,
    opened,
    review_started,
)

spec = DeciderTest(decide, evolve, initial_state())
COURSE = a_cycle().facts.course
LAST = START - timedelta(hours=1)


def relative(metric: str = "increase", **fields: object):
    change = {"change": 20 if metric == "increase" else -20, "measured_in": "percent", **fields}
    return added(metric, baseline=None, target=None, kpi_id=KPI_ID, relative=change)


def value(number: str, observed_at: datetime, seq: int = 9) -> KPIValue:
    return KPIValue(KPI_ID, Decimal(number), observed_at, f"kpi/{seq}")


command = ResolveTarget(
    key_result_id=KEY_RESULT_ID,
    objective=an_objective(),
    cycle=a_cycle(),
    at=START,
    basis=value("100", LAST),
    newest=value("100", LAST),
)
resolved = KeyResultTargetResolved(
    key_result_id=KEY_RESULT_ID,
    objective_id=OBJECTIVE_ID,
    cycle_id=CYCLE_ID,
    basis=Decimal(100),
    basis_observed_at=LAST,
    baseline=Decimal(100),
    target=Decimal(120),
    cause="kpi/9",
)


def test_twenty_percent_more_than_before_the_cycle():
    spec.given(relative()).when(command).then(resolved)
    state = a_key_result(relative(), resolved)
    assert (state.facts.definition.baseline, state.facts.definition.target) == (100, 120)
    assert state.facts.definition.relative is not None


@pytest.mark.parametrize(
    ("metric", "fields", "basis", "target"),
    [
        ("increase", {}, "100", "120"),
        ("decrease", {}, "100", "80"),
        ("increase", {"measured_in": "units"}, "100", "120"),
        ("decrease", {"measured_in": "units"}, "-5", "-25"),
        ("increase", {"measured_in": "units"}, "0", "20"),
        ("increase", {"change": "33.333333"}, "3", "4.000000"),
        ("increase", {"change": "50"}, "0.00000002", "0.00000003"),
    ],
)
def test_what_a_change_comes_to(metric, fields, basis, target):
    terms = a_key_result(relative(metric, **fields)).facts.definition
    assert resolve(terms, Decimal(basis), COURSE) == Numbers(Decimal(basis), Decimal(target))


@pytest.mark.parametrize(
    ("fields", "basis", "reason"),
    [
        ({}, None, "no-history"),
        ({}, "0", "basis-is-zero"),
        ({}, "-10", "wrong-way"),
        ({"change": "0.00001"}, "3", "wrong-way"),  # too small a way for the places that are kept
        ({"change": "9" * 19}, "9" * 19, "unfit"),
    ],
)
def test_why_there_are_no_numbers(fields, basis, reason):
    terms = a_key_result(relative(**fields)).facts.definition
    number = None if basis is None else Decimal(basis)
    assert resolve(terms, number, COURSE) == reason
    told = None if basis is None else value(basis, LAST)
    spec.given(relative(**fields)).when(replace(command, basis=told)).then_nothing()


def test_the_basis_is_that_of_a_year_before_if_it_says_so():
    told = RelativeTarget(change=Decimal(20), measured_in="percent", basis="year_before")
    assert basis_before(told, COURSE) == datetime(2025, 1, 1, tzinfo=UTC)
    leap = Course(date(2024, 2, 29), date(2024, 5, 31), "Europe/Berlin")
    assert basis_before(told, leap) == datetime(2023, 2, 27, 23, tzinfo=UTC)


@pytest.mark.parametrize(
    "change",
    [
        {"cycle": a_cycle(opened)},
        {"at": START - timedelta(microseconds=1)},
        {"cycle": a_cycle(opened, activated, review_started, closed)},
    ],
    ids=["planned", "activated early", "closed"],
)
def test_it_waits_until_the_cycle_runs(change):
    spec.given(relative()).when(replace(command, **change)).then_nothing()


def test_what_the_kpi_says_in_the_cycle_follows_at_once():
    newest = value("110", DAY_45, seq=12)
    event, update = decide(replace(command, newest=newest), a_key_result(relative()))
    assert event == resolved
    assert isinstance(update, KeyResultUpdated)
    assert (update.value, update.progress, update.cause) == (110, Decimal("0.5"), "kpi/12")


def test_nothing_follows_before_there_is_a_target():
    follow = FollowKPI(
        KEY_RESULT_ID, an_objective(), a_cycle(), KPI_ID, Decimal(110), DAY_45, "kpi/12"
    )
    spec.given(relative()).when(follow).then_nothing()


def test_a_resolution_is_found_once():
    spec.given(relative(), resolved).when(command).then_nothing()


def test_a_nearer_value_told_late_resolves_it_anew():
    nearer = value("110", LAST + timedelta(minutes=30), seq=20)
    newest = value("121", DAY_45, seq=12)
    state = a_key_result(relative())
    state = evolve_existing(state, decide(replace(command, newest=newest), state))
    event, update = decide(replace(command, basis=nearer, newest=newest), state)
    assert (event.baseline, event.target, event.cause) == (110, 132, "kpi/20")
    assert (update.value, update.progress, update.observed_at) == (121, Decimal("0.5"), DAY_45)

    in_order = decide(replace(command, basis=nearer, newest=newest), a_key_result(relative()))
    other = evolve_existing(a_key_result(relative()), in_order)
    late = evolve_existing(state, [event, update])
    assert (other.facts, other.lines, other.current.progress) == (
        late.facts,
        late.lines,
        late.current.progress,
    )


def test_what_is_absolute_is_not_resolved():
    spec.given(added(kpi_id=KPI_ID)).when(command).then_nothing()
    with pytest.raises(ValueError, match="relative"):
        resolve(definition("increase", baseline=1, target=2), Decimal(1), COURSE)
