"""A breached guardrail caps the status at *at risk*, for as long as it is in breach."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from helmlog_events.contracts.okr import (
    GuardrailBreached,
    GuardrailRecovered,
    KeyResultRevised,
    KeyResultUpdated,
)
from helmlog_events.testing.decider import DeciderTest
from okr_service.domain.key_result.commands import FollowKPI, GuardKeyResult
from okr_service.domain.key_result.decide import decide
from okr_service.domain.key_result.guardrail import guarded_since
from okr_service.domain.key_result.parts import Breach
from okr_service.domain.key_result.state import evolve, initial_state

from tests.okr.domain.examples import (
    CYCLE_ID,
    DAY_45,
    END,
    KEY_RESULT_ID,
    KPI_ID,
    OBJECTIVE_ID,
    START,
    a_cycle,
    a_key_result,
    accepted,
    activated,
    added,
    an_objective,
    closed,
    drafted,
    objective_closed,
    opened,
    proposed,
    review_started,
)

spec = DeciderTest(decide, evolve, initial_state())
ids = {"key_result_id": KEY_RESULT_ID, "objective_id": OBJECTIVE_ID, "cycle_id": CYCLE_ID}
GUARD, OTHER = UUID(int=50), UUID(int=51)
BREACH = Breach(UUID(int=60), "warning")
guarded = added(kpi_id=KPI_ID, guardrails=(GUARD, OTHER))
guard = GuardKeyResult(
    key_result_id=KEY_RESULT_ID,
    objective=an_objective(),
    cycle=a_cycle(),
    kpi_id=GUARD,
    breach=BREACH,
    observed_at=DAY_45,
    cause="kpi/77",
)
breached = GuardrailBreached(
    **ids, kpi_id=GUARD, breach_id=BREACH.breach_id, severity="warning", cause="kpi/77"
)
recovered = GuardrailRecovered(**ids, kpi_id=GUARD, breach_id=BREACH.breach_id, cause="kpi/77")


def measured() -> tuple[KeyResultUpdated, ...]:
    follow = FollowKPI(
        KEY_RESULT_ID,
        an_objective(),
        a_cycle(),
        KPI_ID,
        Decimal(35),
        DAY_45 - timedelta(days=5),
        "kpi/70",
    )
    return tuple(decide(follow, a_key_result(guarded)))


def test_a_breach_is_known_also_before_anything_is_measured():
    spec.given(guarded).when(guard).then(breached)


def test_what_is_measured_is_said_again_with_the_capped_status():
    event, update = decide(guard, a_key_result(guarded, *measured()))
    assert event == breached
    assert (update.source, update.cause, update.value) == ("guardrail", "kpi/77", 35)
    assert (update.status, update.status_rule) == ("at_risk", "guardrail")
    assert (update.observed_at, update.valid_from) == (DAY_45 - timedelta(days=5), DAY_45)


def test_and_again_when_the_breach_is_over():
    over = replace(guard, breach=None, observed_at=DAY_45 + timedelta(days=1))
    event, update = decide(over, a_key_result(guarded, *measured(), breached))
    assert event == recovered
    assert (update.status, update.status_rule) == ("on_track", "computed")


def test_a_breach_is_told_once():
    spec.given(guarded, breached).when(guard).then_nothing()
    spec.given(guarded).when(replace(guard, breach=None)).then_nothing()


def test_another_severity_is_told_and_caps_as_before():
    worse = replace(guard, breach=replace(BREACH, severity="critical"))
    spec.given(guarded, *measured(), breached).when(worse).then(
        breached.model_copy(update={"severity": "critical"})
    )


def test_another_breach_ends_the_one_before():
    next_one = Breach(UUID(int=61), "critical")
    given = spec.given(guarded, breached).when(replace(guard, breach=next_one))
    given.then(
        recovered,
        breached.model_copy(update={"breach_id": next_one.breach_id, "severity": "critical"}),
    )


def test_two_guardrails_guard_until_both_are_well():
    other = breached.model_copy(update={"kpi_id": OTHER, "breach_id": UUID(int=61)})
    over = replace(guard, breach=None)
    spec.given(guarded, *measured(), breached, other).when(over).then(recovered)


@pytest.mark.parametrize(
    "change",
    [
        {"kpi_id": UUID(int=52)},
        {"cycle": a_cycle(opened)},
        {"cycle": a_cycle(opened, activated, review_started, closed)},
        {"objective": an_objective(drafted, proposed, accepted, objective_closed)},
        {"observed_at": END},
    ],
    ids=["no guardrail of it", "planned", "closed", "objective closed", "after the cycle"],
)
def test_nothing_where_it_guards_nothing(change):
    spec.given(guarded).when(replace(guard, **change)).then_nothing()


def revised(**changes: object) -> KeyResultRevised:
    before = a_key_result(guarded).facts.definition
    return KeyResultRevised(
        **ids,
        reason="another guard",
        before=before,
        after=before.model_copy(update=changes),
        rebased=False,
        effective_from=DAY_45 + timedelta(days=2),
    )


def test_a_guardrail_taken_away_guards_no_more():
    assert a_key_result(guarded, breached, revised(guardrails=(OTHER,))).breaches == {}


def test_one_in_breach_that_is_added_counts_since_it_was_added():
    state = a_key_result(guarded, revised(title="Leads"))
    assert guarded_since(guard, state) == DAY_45 + timedelta(days=2)


def test_a_breach_from_before_the_cycle_counts_from_its_start():
    early = replace(guard, observed_at=START - timedelta(days=30))
    assert guarded_since(early, a_key_result(guarded)) == START
