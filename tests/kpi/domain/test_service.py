from datetime import timedelta

from helmlog_events.contracts.kpi import KPIRetired, KPIRevived
from helmlog_events.testing.decider import DeciderTest
from kpi_service.domain.kpi.decide import RetireKPI, ReviveKPI, decide
from kpi_service.domain.kpi.refusals import AlreadyRetired, KPIUnknown, NotRetired
from kpi_service.domain.kpi.state import INITIAL, evolve, fold

from tests.kpi.domain.builders import DEFINED, KPI_ID, START

DAY = timedelta(days=1)
spec = DeciderTest(decide=decide, evolve=evolve, initial=INITIAL)


def retire(day=0) -> RetireKPI:
    return RetireKPI(KPI_ID, START + day * DAY, "the line is closed", START)


def revive(day=0) -> ReviveKPI:
    return ReviveKPI(KPI_ID, START + day * DAY, "it runs again", START)


def retired(day=0) -> KPIRetired:
    since = START + day * DAY
    return KPIRetired(kpi_id=KPI_ID, effective_from=since, reason="the line is closed")


def revived(day=0) -> KPIRevived:
    since = START + day * DAY
    return KPIRevived(kpi_id=KPI_ID, effective_from=since, reason="it runs again")


def test_a_kpi_is_retired_and_revived_with_a_reason():
    spec.given(DEFINED).when(retire()).then(retired())
    spec.given(DEFINED, retired()).when(revive(2)).then(revived(2))


def test_it_is_measured_until_it_is_retired_and_again_once_revived():
    kpi = fold([DEFINED, revived(5), retired(2)])
    days = [kpi.is_measured_at(START + day * DAY) for day in range(1, 7)]
    assert days == [True, False, False, False, True, True]
    assert kpi.retirement_at(START + 3 * DAY).reason == "the line is closed"


def test_what_is_retired_is_not_retired_again_but_may_have_been_earlier():
    spec.given(DEFINED, retired(2)).when(retire(3)).then_refused(AlreadyRetired(START + 2 * DAY))
    spec.given(DEFINED, retired(2)).when(retire(1)).then(retired(1))


def test_what_is_measured_cannot_be_revived():
    spec.given(DEFINED).when(revive()).then_refused(NotRetired(START))
    spec.given(DEFINED, retired(2)).when(revive(1)).then_refused(NotRetired(START + DAY))


def test_a_retirement_taken_back_at_its_own_moment_never_was():
    assert fold([DEFINED, retired(), revived()]).is_measured_at(START)


def test_what_is_not_defined_cannot_be_retired():
    spec.given().when(retire()).then_refused(KPIUnknown(KPI_ID))
    spec.given().when(revive()).then_refused(KPIUnknown(KPI_ID))
