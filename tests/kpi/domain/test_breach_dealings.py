"""What people may do about a breach."""

from datetime import timedelta
from uuid import UUID

import pytest
from helmlog_events.contracts.kpi import (
    KPIBreachAnnotated,
    KPIBreachSilenced,
    KPIBreachUnsilenced,
    KPIThresholdAcknowledged,
)
from helmlog_events.testing.decider import DeciderTest
from kpi_service.domain.breach.decide import (
    AcknowledgeBreach,
    AnnotateBreach,
    SilenceBreach,
    UnsilenceBreach,
    decide,
)
from kpi_service.domain.breach.refusals import (
    BreachOver,
    BreachWithdrawn,
    NothingToAnnotate,
    SilenceEnded,
)
from kpi_service.domain.breach.state import UNTOUCHED, Open, Over, Withdrawn, evolve

from tests.kpi.domain.builders import KPI_ID
from tests.kpi.domain.builders import START as NOW

BREACH, OTHER = (UUID(f"01970000-0000-7000-8000-00000000000{place}") for place in (5, 6))
OPEN, OVER = Open(BREACH, KPI_ID), Over(BREACH, KPI_ID)
HOUR = timedelta(hours=1)
ABOUT = {"breach_id": BREACH, "kpi_id": KPI_ID}
SPEC = DeciderTest(decide, evolve, UNTOUCHED)

given = SPEC.given
acknowledged = KPIThresholdAcknowledged(**ABOUT, note="on it")
silenced = KPIBreachSilenced(**ABOUT, until=NOW + HOUR, reason="a known outage")
unsilenced = KPIBreachUnsilenced(**ABOUT)


def silence(breach=OPEN, hours=1, reason="a known outage", at=NOW):
    return SilenceBreach(breach, NOW + hours * HOUR, reason, at)


def annotate(breach=OPEN, cause=None, corrective_action=None):
    return AnnotateBreach(breach, cause, corrective_action, NOW)


@pytest.mark.parametrize("breach", [OPEN, OVER])
def test_a_breach_is_acknowledged_while_it_lasts_and_after(breach):
    given().when(AcknowledgeBreach(breach, "on it", NOW)).then(acknowledged)


def test_acknowledging_twice_is_done_once():
    given(acknowledged).when(AcknowledgeBreach(OPEN, "me too", NOW)).then_nothing()


def test_an_open_breach_is_silenced_until_an_instant():
    given().when(silence()).then(silenced)


def test_a_silence_ends_in_the_future():
    given().when(silence(hours=0)).then_refused(SilenceEnded(NOW))


def test_what_is_over_is_not_silenced():
    given().when(silence(OVER)).then_refused(BreachOver(BREACH))


def test_the_same_silence_twice_is_one_and_another_takes_its_place():
    given(silenced).when(silence()).then_nothing()
    longer = KPIBreachSilenced(**ABOUT, until=NOW + 2 * HOUR, reason="a known outage")
    given(silenced).when(silence(hours=2)).then(longer)


def test_a_silence_is_taken_back_only_while_it_lasts():
    given(silenced).when(UnsilenceBreach(OPEN, NOW)).then(unsilenced)
    given(silenced, unsilenced).when(UnsilenceBreach(OPEN, NOW)).then_nothing()
    given(silenced).when(UnsilenceBreach(OPEN, NOW + HOUR)).then_nothing()
    given().when(UnsilenceBreach(OPEN, NOW)).then_nothing()


@pytest.mark.parametrize("breach", [OPEN, OVER])
def test_a_breach_is_annotated_also_after_its_recovery(breach):
    told = KPIBreachAnnotated(**ABOUT, cause="a strike")
    given().when(annotate(breach, cause="a strike")).then(told)


def test_an_annotation_adds_to_the_one_before():
    told = KPIBreachAnnotated(**ABOUT, cause="a strike")
    more = KPIBreachAnnotated(**ABOUT, corrective_action="buses instead")
    given(told).when(annotate(corrective_action="buses instead")).then(more)
    given(told, more).when(annotate(cause="a strike")).then_nothing()


def test_an_annotation_says_something():
    given().when(annotate()).then_refused(NothingToAnnotate())


@pytest.mark.parametrize("into", [None, OTHER])
@pytest.mark.parametrize(
    "command",
    [
        lambda breach: AcknowledgeBreach(breach, None, NOW),
        silence,
        lambda breach: UnsilenceBreach(breach, NOW),
        lambda breach: annotate(breach, cause="x"),
    ],
)
def test_nothing_is_done_about_a_breach_that_was_withdrawn(command, into):
    withdrawn = Withdrawn(BREACH, KPI_ID, into)
    given(silenced).when(command(withdrawn)).then_refused(BreachWithdrawn(BREACH, into))
