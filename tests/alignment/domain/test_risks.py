from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

from alignment_service.domain.risks.decide import ClearRisk, RaiseRisk, decide
from alignment_service.domain.risks.events import ObjectiveAtRisk, RiskCleared
from alignment_service.domain.risks.state import evolve, initial_state
from helmlog_events.testing.decider import DeciderTest

RAISE = RaiseRisk(
    objective_id=UUID(int=1),
    cycle_id=UUID(int=2),
    key_result_id=UUID(int=3),
    kpi_id=UUID(int=4),
    breach_id=UUID(int=5),
    severity="critical",
    since=datetime(2026, 1, 1, tzinfo=UTC),
    cause="kpi/512",
)
AT_RISK = ObjectiveAtRisk(
    objective_id=UUID(int=1),
    cycle_id=UUID(int=2),
    key_result_id=UUID(int=3),
    kpi_id=UUID(int=4),
    breach_id=UUID(int=5),
    severity="critical",
    since=datetime(2026, 1, 1, tzinfo=UTC),
    cause="kpi/512",
)
CLEARED = RiskCleared(
    objective_id=UUID(int=1),
    cycle_id=UUID(int=2),
    key_result_id=UUID(int=3),
    kpi_id=UUID(int=4),
    breach_id=UUID(int=5),
    cause="kpi/600",
)


SPEC = DeciderTest(decide, evolve, initial_state())
CLEAR = ClearRisk("kpi/600")


def test_a_breach_puts_the_objective_at_risk():
    SPEC.given().when(RAISE).then(AT_RISK)


def test_one_breach_puts_an_objective_at_risk_once():
    SPEC.given(AT_RISK).when(RAISE).then_nothing()
    SPEC.given(AT_RISK, CLEARED).when(RAISE).then_nothing()


def test_a_key_result_that_comes_back_while_the_breach_stands_brings_the_risk_back():
    back = replace(RAISE, anew=True)
    SPEC.given(AT_RISK, CLEARED).when(back).then(AT_RISK)
    SPEC.given(AT_RISK, CLEARED, AT_RISK).when(back).then_nothing()


def test_recovery_clears_the_risk_with_the_facts_it_was_raised_with():
    SPEC.given(AT_RISK).when(CLEAR).then(CLEARED)


def test_only_a_standing_risk_is_cleared():
    SPEC.given().when(CLEAR).then_nothing()
    SPEC.given(AT_RISK, CLEARED).when(CLEAR).then_nothing()
