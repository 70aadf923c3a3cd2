from datetime import timedelta
from decimal import Decimal

import pytest
from helmlog_events.contracts.kpi import KPIRevised, KPITargetSet, KPITargetWithdrawn
from helmlog_events.testing.decider import DeciderTest
from kpi_service.domain.kpi.decide import ReviseKPI, SetTarget, WithdrawTarget, decide
from kpi_service.domain.kpi.refusals import (
    BandNotWithin,
    BandOfBudget,
    BandReversed,
    BandsStand,
    FiscalCalendarNeeded,
    FiscalCalendarUsed,
    NoTargetToWithdraw,
)
from kpi_service.domain.kpi.state import INITIAL, evolve, fold
from kpi_service.domain.kpi.targets import steps_of

from tests.kpi.domain.builders import DEFINED, KPI_ID, START

DAY = timedelta(days=1)
WITHIN = DEFINED.model_copy(update={"direction": "within"})
FISCAL = DEFINED.model_copy(update={"fiscal_calendar": "company"})
spec = DeciderTest(decide=decide, evolve=evolve, initial=INITIAL)


def set_target(target=30, upper=None, effective_from=START, **fields) -> SetTarget:
    upper = None if upper is None else Decimal(upper)
    return SetTarget(KPI_ID, effective_from, Decimal(target), START, upper, **fields)


def was_set(target=30, effective_from=START, **fields) -> KPITargetSet:
    return KPITargetSet(kpi_id=KPI_ID, effective_from=effective_from, target=target, **fields)


def withdraw(effective_from=START, **fields) -> WithdrawTarget:
    return WithdrawTarget(KPI_ID, effective_from, START, **fields)


def was_withdrawn(effective_from=START, **fields) -> KPITargetWithdrawn:
    return KPITargetWithdrawn(kpi_id=KPI_ID, effective_from=effective_from, **fields)


def test_a_target_is_set_with_all_that_is_said_of_it():
    said = {"inclusive": False, "period": "month", "phrase": "Above 30 a month"}
    spec.given(DEFINED).when(set_target(**said)).then(was_set(**said))


def test_each_purpose_and_period_has_a_history_of_its_own():
    kpi = fold(
        [
            DEFINED,
            was_set(1),
            was_set(2, period="month"),
            was_set(3, purpose="budget"),
            was_set(4, START + DAY, period="month"),
        ]
    )
    assert kpi.target_at(START + DAY).target == 1
    assert kpi.target_at(START, "month").target == 2
    assert kpi.target_at(START + DAY, "month").target == 4
    assert kpi.target_at(START, purpose="budget").target == 3
    assert kpi.target_at(START, "year") is None


def test_the_same_again_changes_nothing_but_a_bound_that_counts_no_more_does():
    spec.given(DEFINED, was_set()).when(set_target("30.0")).then()
    spec.given(DEFINED, was_set()).when(set_target(inclusive=False)).then(was_set(inclusive=False))


def test_only_what_should_stay_within_has_an_upper_bound():
    spec.given(WITHIN).when(set_target(3, 7)).then(was_set(3, upper=7))
    spec.given(DEFINED).when(set_target(3, 7)).then_refused(BandNotWithin("up"))


@pytest.mark.parametrize("upper", [3, 2])
def test_an_upper_bound_lies_above_the_target(upper):
    refusal = BandReversed(Decimal(3), Decimal(upper))
    spec.given(WITHIN).when(set_target(3, upper)).then_refused(refusal)


def test_a_budget_is_one_figure():
    spec.given(WITHIN).when(set_target(3, 7, purpose="budget")).then_refused(BandOfBudget())


def test_a_fiscal_period_needs_a_fiscal_calendar():
    by_quarter = set_target(period="fiscal_quarter")
    spec.given(DEFINED).when(by_quarter).then_refused(FiscalCalendarNeeded("fiscal_quarter"))
    spec.given(FISCAL).when(by_quarter).then(was_set(period="fiscal_quarter"))


def test_a_fiscal_calendar_stays_as_long_as_something_is_cut_by_it():
    cleared = ReviseKPI(KPI_ID, {"fiscal_calendar": None}, START)
    quarter = was_set(period="fiscal_quarter")
    spec.given(FISCAL, quarter).when(cleared).then_refused(FiscalCalendarUsed(["fiscal_quarter"]))
    spec.given(FISCAL).when(cleared).then(KPIRevised(kpi_id=KPI_ID, changed=("fiscal_calendar",)))


def test_what_has_a_band_keeps_its_direction_until_the_band_is_over():
    risen = ReviseKPI(KPI_ID, {"direction": "up"}, START + DAY)
    band = was_set(3, upper=7)
    spec.given(WITHIN, band).when(risen).then_refused(BandsStand())
    to_come = was_set(3, START + 9 * DAY, upper=7)
    spec.given(WITHIN, to_come).when(risen).then_refused(BandsStand())
    revised = KPIRevised(kpi_id=KPI_ID, changed=("direction",), direction="up")
    spec.given(WITHIN, band, was_withdrawn(START + DAY)).when(risen).then(revised)


def test_a_target_is_withdrawn_from_a_moment_on():
    spec.given(DEFINED, was_set()).when(withdraw(START + DAY)).then(was_withdrawn(START + DAY))
    kpi = fold([DEFINED, was_set(), was_withdrawn(START + DAY)])
    assert kpi.target_at(START).target == 30
    assert kpi.target_at(START + DAY) is None


def test_what_is_withdrawn_twice_is_withdrawn_once():
    spec.given(DEFINED, was_set(), was_withdrawn()).when(withdraw()).then()


def test_what_is_not_there_cannot_be_withdrawn():
    refusal = NoTargetToWithdraw(START, "month", "target")
    spec.given(DEFINED, was_set()).when(withdraw(period="month")).then_refused(refusal)
    later = NoTargetToWithdraw(START - DAY, None, "target")
    spec.given(DEFINED, was_set()).when(withdraw(START - DAY)).then_refused(later)


def test_a_history_says_until_when_each_held():
    kpi = fold(
        [
            DEFINED,
            was_set(1),
            was_set(9, period="month"),
            was_withdrawn(START + DAY),
            was_set(2, START + 2 * DAY),
        ]
    )
    told = [
        (step.target.target, step.target.period, step.effective_until) for step in steps_of(kpi)
    ]
    assert told == [
        (1, None, START + DAY),
        (9, "month", None),
        (None, None, START + 2 * DAY),
        (2, None, None),
    ]
    assert [step.holds_at(START + DAY) for step in steps_of(kpi)] == [False, True, True, False]


@pytest.mark.parametrize(
    ("aggregation", "judging"), [("last", "month"), ("sum", "nothing"), ("mean", "nothing")]
)
def test_a_current_value_is_judged_by_a_period_only_where_it_is_the_periods_value(
    aggregation, judging
):
    defined = DEFINED.model_copy(update={"aggregation": aggregation})
    by_period = [was_set(1, period="year"), was_set(2, period="month")]
    found = fold([defined, *by_period]).judging_target(START)
    assert (found.period if found else "nothing") == judging
    assert fold([defined, *by_period, was_set(3)]).judging_target(START).target == 3
    budget = was_set(3, purpose="budget")
    assert fold([defined, budget]).judging_target(START) is None
