from datetime import timedelta
from decimal import Decimal

import pytest
from helmlog_events.contracts.kpi import KPIRevised, KPITargetSet
from helmlog_events.testing.decider import DeciderTest
from kpi_service.domain.durations import DurationUnreadable
from kpi_service.domain.kpi.decide import (
    DefineKPI,
    ReviseKPI,
    SetTarget,
    SetThresholdPolicy,
    decide,
)
from kpi_service.domain.kpi.refusals import (
    AlreadyDefined,
    CounterNotSummed,
    DurationRefused,
    KPIUnknown,
    NothingToRevise,
    RecoveryInsideBreach,
    RuleRepeated,
    RulesOverlap,
    SlugUnusable,
    TimezoneUnknown,
)
from kpi_service.domain.kpi.state import INITIAL, evolve, fold
from kpi_service.domain.threshold.policy import policy_at

from tests.kpi.domain.builders import DEFINED, KPI_ID, START, policy_set, rule

NOW = START
spec = DeciderTest(decide=decide, evolve=evolve, initial=INITIAL)


def define(**changes) -> DefineKPI:
    return DefineKPI(DEFINED.model_copy(update=changes), at=NOW)


def set_policy(*rules, effective_from=START, no_data_after=None) -> SetThresholdPolicy:
    return SetThresholdPolicy(KPI_ID, effective_from, rules, no_data_after, "keep", at=NOW)


def revise(**fields) -> ReviseKPI:
    return ReviseKPI(KPI_ID, fields, at=NOW)


def target(value="30", effective_from=START) -> SetTarget:
    return SetTarget(KPI_ID, effective_from, Decimal(value), at=NOW)


def test_a_kpi_is_defined():
    spec.given().when(define()).then(DEFINED)


def test_a_kpi_is_defined_once():
    spec.given(DEFINED).when(define()).then_refused(AlreadyDefined(KPI_ID))


@pytest.mark.parametrize(
    "slug", ["", "Taxi", "taxi demand", "-taxi", "t\u00e4xi", "a" * 101, "taxi\x00", str(KPI_ID)]
)
def test_a_slug_is_plain_and_never_reads_as_an_id(slug):
    spec.given().when(define(slug=slug)).then_refused(SlugUnusable(slug))


@pytest.mark.parametrize("cadence", ["", "P", "PT", "30M", "PT0S", "1 day", "PT1.5H", "P1DT"])
def test_a_cadence_is_an_iso_8601_duration(cadence):
    refusal = DurationRefused("cadence", DurationUnreadable(cadence))
    spec.given().when(define(cadence=cadence)).then_refused(refusal)


@pytest.mark.parametrize("cadence", ["PT30M", "P1D", "P1M", "P1Y", "P1DT12H"])
def test_a_cadence_may_follow_the_calendar(cadence):
    spec.given().when(define(cadence=cadence)).then(DEFINED.model_copy(update={"cadence": cadence}))


@pytest.mark.parametrize("timezone", ["Mars/Olympus", "", "../etc/passwd", "UTC\x00", "/UTC"])
def test_a_timezone_is_one_of_the_iana_database(timezone):
    spec.given().when(define(timezone=timezone)).then_refused(TimezoneUnknown(timezone))


@pytest.mark.parametrize("aggregation", ["last", "mean", "min", "max", "count"])
def test_a_counter_is_summed_for_its_value_in_a_period_is_its_rise(aggregation):
    counter = define(measure="counter", aggregation=aggregation)
    spec.given().when(counter).then_refused(CounterNotSummed(aggregation))
    summed = {"measure": "counter", "aggregation": "sum"}
    spec.given().when(define(**summed)).then(DEFINED.model_copy(update=summed))


def test_a_revised_cadence_is_a_duration_too():
    refusal = DurationRefused("cadence", DurationUnreadable("often"))
    spec.given(DEFINED).when(revise(cadence="often")).then_refused(refusal)


def test_a_revision_says_what_changed_and_only_that():
    spec.given(DEFINED).when(revise(name="Demand", unit="passengers", definition="rides")).then(
        KPIRevised(kpi_id=KPI_ID, changed=("definition", "name"), name="Demand", definition="rides")
    )


def test_a_revision_to_the_same_changes_nothing():
    spec.given(DEFINED).when(revise(name="Taxi demand")).then()


def test_a_revision_names_a_field():
    spec.given(DEFINED).when(revise()).then_refused(NothingToRevise())


def test_a_revision_can_empty_what_may_be_empty():
    revised = KPIRevised(kpi_id=KPI_ID, changed=("owner",), owner="maria")
    cleared = KPIRevised(kpi_id=KPI_ID, changed=("owner",))
    spec.given(DEFINED, revised).when(revise(owner=None)).then(cleared)
    assert fold([DEFINED, revised, cleared]).definition.owner is None


@pytest.mark.parametrize(
    "command", [revise(name="x"), set_policy(), target()], ids=["revise", "policy", "target"]
)
def test_what_is_not_defined_cannot_be_changed(command):
    spec.given().when(command).then_refused(KPIUnknown(KPI_ID))


def test_a_threshold_policy_is_set_as_written():
    spec.given(DEFINED).when(set_policy(rule(for_readings=3), no_data_after="PT2H")).then(
        policy_set(rule(for_readings=3), no_data_after="PT2H")
    )


def test_the_same_policy_again_changes_nothing():
    spec.given(DEFINED, policy_set(rule())).when(set_policy(rule())).then()


def test_recovery_never_lies_on_the_bad_side():
    low = rule(when="below", value="5000", recover="4999")
    high = rule(when="above", value="100", recover="101")
    spec.given(DEFINED).when(set_policy(low)).then_refused(RecoveryInsideBreach(0, low))
    spec.given(DEFINED).when(set_policy(high)).then_refused(RecoveryInsideBreach(0, high))


def test_a_severity_has_one_bound_a_side():
    again = rule(value="4000")
    spec.given(DEFINED).when(set_policy(rule(), again)).then_refused(RuleRepeated(1, again))


def test_rules_leave_some_value_good():
    low = rule(when="below", value="50", recover="60")
    high = rule(when="above", value="40", recover="30")
    spec.given(DEFINED).when(set_policy(low, high)).then_refused(RulesOverlap("50", "40"))


@pytest.mark.parametrize("duration", ["P1M", "P1Y", "soon"])
def test_waiting_times_have_a_fixed_length(duration):
    refusal = DurationRefused("no_data_after", DurationUnreadable(duration))
    spec.given(DEFINED).when(set_policy(no_data_after=duration)).then_refused(refusal)


def test_a_policy_holds_from_its_moment_until_the_next():
    later = START + timedelta(days=1)
    kpi = fold([DEFINED, policy_set(rule(value="1"), effective_from=later), policy_set(rule())])
    assert policy_at(kpi.policies, START - timedelta(seconds=1)) is None
    assert policy_at(kpi.policies, START).effective_from == START
    assert policy_at(kpi.policies, later - timedelta(microseconds=1)).effective_from == START
    assert policy_at(kpi.policies, later).effective_from == later


def test_a_policy_for_the_same_moment_replaces_the_one_before():
    kpi = fold([DEFINED, policy_set(rule()), policy_set(rule(value="1"))])
    (one,) = kpi.policies
    assert (one.number, one.rules[0].bound) == (2, 1)


def test_a_target_holds_from_its_moment_on():
    later = START + timedelta(days=90)
    spec.given(DEFINED).when(target("30")).then(
        KPITargetSet(kpi_id=KPI_ID, effective_from=START, target="30")
    )
    kpi = fold(
        [
            DEFINED,
            KPITargetSet(kpi_id=KPI_ID, effective_from=later, target="35"),
            KPITargetSet(kpi_id=KPI_ID, effective_from=START, target="30"),
        ]
    )
    assert kpi.target_at(START - timedelta(days=1)) is None
    assert [kpi.target_at(at).target for at in (START, later)] == [30, 35]


def test_the_same_target_again_changes_nothing():
    given = KPITargetSet(kpi_id=KPI_ID, effective_from=START, target="30")
    spec.given(DEFINED, given).when(target("30.0")).then()
