from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from helmlog_events.contracts.okr import (
    ObjectiveCheckInRecorded,
    ObjectiveDefinition,
    ObjectiveRevised,
)
from helmlog_events.testing.decider import DeciderTest
from okr_service.domain.cycle.refusals import CycleIsClosed, CycleNotActive, CycleNotClosed
from okr_service.domain.definitions import part_of
from okr_service.domain.key_result import refusals as of_check_ins
from okr_service.domain.objective import refusals
from okr_service.domain.objective.check_in import CheckInObjective
from okr_service.domain.objective.decide import decide
from okr_service.domain.objective.revise import ReviseObjective
from okr_service.domain.objective.state import evolve, initial_state

from tests.okr.domain.examples import (
    CHECK_IN_ID,
    CYCLE_ID,
    DAY_45,
    END,
    OBJECTIVE_ID,
    START,
    a_cycle,
    accepted,
    activated,
    closed,
    declined,
    drafted,
    objective_closed,
    opened,
    proposed,
    review_started,
)

spec = DeciderTest(decide, evolve, initial_state())
running = a_cycle()
over = a_cycle(opened, activated, review_started, closed)
active = (drafted, proposed, accepted)

before = part_of(drafted, ObjectiveDefinition)
after = before.model_copy(update={"title": "Be loved in every harbour", "owner": "sales-lead"})
revise = ReviseObjective(OBJECTIVE_ID, running, after, "known is not enough")
revised = ObjectiveRevised(
    objective_id=OBJECTIVE_ID,
    cycle_id=CYCLE_ID,
    reason="known is not enough",
    before=before,
    after=after,
)
check_in = CheckInObjective(
    CHECK_IN_ID, OBJECTIVE_ID, running, DAY_45, confidence=4, narrative="slow"
)
recorded = ObjectiveCheckInRecorded(
    check_in_id=CHECK_IN_ID,
    objective_id=OBJECTIVE_ID,
    cycle_id=CYCLE_ID,
    confidence=4,
    narrative="slow",
    observed_at=DAY_45,
)


@pytest.mark.parametrize("history", [(drafted,), active, (drafted, proposed, declined)])
def test_a_revision_keeps_old_and_new(history):
    spec.given(*history).when(revise).then(revised)


def test_a_revision_that_changes_nothing_says_nothing():
    spec.given(*active).when(replace(revise, after=before)).then_nothing()


def test_a_closed_objective_is_not_revised():
    given = spec.given(*active, objective_closed)
    given.when(revise).then_refused(refusals.ObjectiveIsClosed(OBJECTIVE_ID))


def test_a_closed_cycle_takes_a_revision_as_a_late_correction_only():
    late = replace(revise, cycle=over)
    spec.given(*active).when(late).then_refused(CycleIsClosed(CYCLE_ID))
    marked = revised.model_copy(update={"late_correction": True})
    corrected = replace(late, late_correction=True)
    spec.given(*active, objective_closed).when(corrected).then(marked)
    early = replace(revise, late_correction=True)
    spec.given(*active).when(early).then_refused(CycleNotClosed(CYCLE_ID))


def test_a_check_in_says_how_the_objective_goes():
    spec.given(*active).when(check_in).then(recorded)


def test_the_newest_check_in_is_the_objectives_remark():
    older = recorded.model_copy(update={"observed_at": START, "narrative": "fast"})
    state = spec.given(*active, recorded, older).state
    assert state.facts.remark.narrative == "slow"


def test_without_a_moment_it_is_about_now_by_the_cycles_clock():
    late = replace(check_in, at=END + timedelta(days=9))
    moment = running.facts.course.last_moment
    spec.given(*active).when(late).then(recorded.model_copy(update={"observed_at": moment}))


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"confidence": None, "narrative": ""}, refusals.CheckInSaysNothing(OBJECTIVE_ID)),
        ({"confidence": 11}, of_check_ins.ConfidenceOutOfRange(11)),
        ({"confidence": -1}, of_check_ins.ConfidenceOutOfRange(-1)),
        ({"status": "at_risk"}, of_check_ins.OverrideWithoutReason("at_risk")),
        ({"observed_at": END}, of_check_ins.OutsideCycle(END)),
        (
            {"observed_at": DAY_45 + timedelta(seconds=1)},
            of_check_ins.ObservedInFuture(DAY_45 + timedelta(seconds=1)),
        ),
        ({"cycle": a_cycle(opened)}, CycleNotActive(CYCLE_ID)),
        ({"cycle": over}, CycleIsClosed(CYCLE_ID)),
    ],
)
def test_a_check_in_is_refused_like_one_on_a_key_result(changes, refusal):
    spec.given(*active).when(replace(check_in, **changes)).then_refused(refusal)


def test_a_check_in_needs_an_objective_that_stands():
    given = spec.given(*active, objective_closed)
    given.when(check_in).then_refused(refusals.ObjectiveIsClosed(OBJECTIVE_ID))
    given = spec.given(drafted, proposed, declined)
    given.when(check_in).then_refused(refusals.ObjectiveWasDeclined(OBJECTIVE_ID))
