from datetime import timedelta

from helmlog_events.contracts.kpi import (
    FormulaInput,
    KPIFormulaSet,
    KPIRetired,
    KPIRevised,
    KPITargetSet,
    KPITargetWithdrawn,
)
from kpi_service.domain.kpi.as_of import DatedEvent, fold_as_of
from kpi_service.domain.kpi.history import Change, changes
from kpi_service.domain.kpi.state import INITIAL, Undefined, fold

from tests.kpi.domain.builders import DEFINED, KPI_ID, START, policy_set, rule

DAY = timedelta(days=1)
RENAMED = KPIRevised(kpi_id=KPI_ID, changed=("name", "owner"), name="Rides", owner="maria")


def test_a_definition_says_all_it_begins_with():
    told = {one.field: (one.old, one.new) for one in changes(DEFINED, INITIAL)}
    assert told["unit"] == (None, "passengers")
    assert "owner" not in told


def test_a_revision_says_what_was_and_what_is():
    told = [Change("name", "Taxi demand", "Rides"), Change("owner", None, "maria")]
    assert changes(RENAMED, fold([DEFINED])) == told


def test_a_target_replaces_what_held_at_its_own_moment():
    def target(value, day, **fields):
        moment = START + day * DAY
        return KPITargetSet(kpi_id=KPI_ID, effective_from=moment, target=value, **fields)

    before = fold([DEFINED, target(1, 0), target(3, 9), target(7, 0, period="month")])
    plain = {"upper": None, "inclusive": True, "phrase": None}
    assert changes(target(2, 5), before) == [
        Change("target", {"target": "1", **plain}, {"target": "2", **plain})
    ]
    withdrawn = KPITargetWithdrawn(kpi_id=KPI_ID, effective_from=START, period="month")
    assert changes(withdrawn, before) == [Change("target by month", {"target": "7", **plain}, None)]
    spent = target(5, 0, purpose="budget", period="year")
    assert changes(spent, before) == [Change("budget by year", None, {"target": "5", **plain})]


def test_policies_formulas_and_service_are_told():
    first, second = policy_set(rule()), policy_set(rule(value="1", recover="2"))
    (told,) = changes(second, fold([DEFINED, first]))
    assert (told.old["rules"][0]["value"], told.new["rules"][0]["value"]) == ("5000", "1")
    formula = KPIFormulaSet(
        kpi_id=KPI_ID,
        effective_from=START,
        expression="a",
        inputs=(FormulaInput(name="a", kpi_id=KPI_ID),),
        period="month",
    )
    (told,) = changes(formula, fold([DEFINED]))
    assert (told.field, told.old, told.new["expression"]) == ("formula", None, "a")
    retired = KPIRetired(kpi_id=KPI_ID, effective_from=START, reason="closed")
    assert changes(retired, fold([DEFINED])) == [Change("measured", True, False)]


def test_a_kpi_is_as_it_was_at_a_moment_and_as_it_was_known():
    told = [DatedEvent(DEFINED, START, 5), DatedEvent(RENAMED, START + DAY, 9)]
    assert fold_as_of(told, None, None).definition.name == "Rides"
    assert fold_as_of(told, START, None).definition.name == "Taxi demand"
    assert fold_as_of(told, START + DAY, None).definition.name == "Rides"
    assert fold_as_of(told, START + DAY, 8).definition.name == "Taxi demand"
    # A KPI may have readings from before it was defined.
    assert fold_as_of(told, START - DAY, None).definition.name == "Taxi demand"
    assert fold_as_of(told, None, 4) == Undefined()
