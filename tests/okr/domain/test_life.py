"""Key results are moved, cancelled and graded."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from uuid import UUID

import pytest
from helmlog_events.contracts.okr import (
    KeyResultAttached,
    KeyResultCancelled,
    KeyResultDetached,
    KeyResultGraded,
    KeyResultMoved,
)
from helmlog_events.testing.decider import DeciderTest
from okr_service.domain import grades
from okr_service.domain.cycle.refusals import CycleIsClosed, CycleNotActive
from okr_service.domain.grades import agrees, band_of, suggest_grade
from okr_service.domain.key_result import refusals
from okr_service.domain.key_result.commands import (
    CancelKeyResult,
    CheckIn,
    GradeKeyResult,
    MoveKeyResult,
)
from okr_service.domain.key_result.decide import decide
from okr_service.domain.key_result.state import evolve, initial_state
from okr_service.domain.objective.membership import detach
from okr_service.domain.objective.refusals import ObjectiveIsClosed, ObjectiveWasDeclined

from tests.okr.domain.examples import (
    CHECK_IN_ID,
    CYCLE_ID,
    DAY_45,
    KEY_RESULT_ID,
    OBJECTIVE_ID,
    a_cycle,
    a_key_result,
    accepted,
    activated,
    added,
    an_objective,
    closed,
    declined,
    drafted,
    objective_closed,
    opened,
    proposed,
    review_started,
)

spec = DeciderTest(decide, evolve, initial_state())
ids = {"key_result_id": KEY_RESULT_ID, "objective_id": OBJECTIVE_ID, "cycle_id": CYCLE_ID}
OTHER_ID = UUID(int=20)
over = a_cycle(opened, activated, review_started, closed)
objective_over = an_objective(drafted, proposed, accepted, objective_closed)


def other(*events: object, **fields: object):
    about = {"objective_id": OTHER_ID, **fields}
    return an_objective(*(event.model_copy(update=about) for event in events or (drafted,)))


move = MoveKeyResult(KEY_RESULT_ID, an_objective(), other(), a_cycle(), "it serves this one")
moved = KeyResultMoved(
    key_result_id=KEY_RESULT_ID,
    from_objective_id=OBJECTIVE_ID,
    objective_id=OTHER_ID,
    cycle_id=CYCLE_ID,
    reason="it serves this one",
)
cancel = CancelKeyResult(KEY_RESULT_ID, an_objective(), a_cycle(), "no longer needed")
cancelled = KeyResultCancelled(**ids, reason="no longer needed")
grade = GradeKeyResult(KEY_RESULT_ID, an_objective(), a_cycle())


def measured():
    command = CheckIn(
        CHECK_IN_ID, KEY_RESULT_ID, an_objective(), a_cycle(), DAY_45, value=Decimal(27)
    )
    return (added(), *decide(command, a_key_result(added())))


def test_a_key_result_is_moved_with_its_history():
    spec.given(*measured()).when(move).then(moved)
    state = a_key_result(*measured(), moved)
    assert (state.facts.objective_id, state.current.value) == (OTHER_ID, 27)


def test_to_where_it_is_it_is_not_moved():
    spec.given(added()).when(replace(move, to=an_objective())).then_nothing()


def test_from_a_declined_objective_it_may_be_saved():
    lost = replace(move, objective=an_objective(drafted, proposed, declined))
    spec.given(added()).when(lost).then(moved)


@pytest.mark.parametrize(
    ("fields", "refusal"),
    [
        ({"cycle": over}, CycleIsClosed(CYCLE_ID)),
        ({"objective": objective_over}, ObjectiveIsClosed(OBJECTIVE_ID)),
        ({"to": other(drafted, proposed, declined)}, ObjectiveWasDeclined(OTHER_ID)),
        (
            {"to": other(drafted, proposed, accepted, objective_closed)},
            ObjectiveIsClosed(OTHER_ID),
        ),
        (
            {"to": other(drafted, cycle_id=UUID(int=30))},
            refusals.MovedToAnotherCycle(CYCLE_ID, UUID(int=30)),
        ),
    ],
)
def test_where_it_cannot_be_moved(fields, refusal):
    spec.given(added()).when(replace(move, **fields)).then_refused(refusal)


def test_the_objective_it_leaves_is_told():
    attached = KeyResultAttached(
        objective_id=OBJECTIVE_ID, cycle_id=CYCLE_ID, key_result_id=KEY_RESULT_ID
    )
    objective = an_objective(drafted, attached)
    (event,) = detach(objective, a_cycle(), KEY_RESULT_ID)
    assert event == KeyResultDetached(
        objective_id=OBJECTIVE_ID, cycle_id=CYCLE_ID, key_result_id=KEY_RESULT_ID
    )
    assert an_objective(drafted, attached, event).facts.key_result_ids == ()
    assert detach(an_objective(), a_cycle(), KEY_RESULT_ID) == []


def test_a_key_result_is_cancelled_once():
    spec.given(added()).when(cancel).then(cancelled)
    spec.given(added(), cancelled).when(cancel).then_nothing()


@pytest.mark.parametrize(
    ("fields", "refusal"),
    [
        ({"cycle": over}, CycleIsClosed(CYCLE_ID)),
        ({"objective": objective_over}, ObjectiveIsClosed(OBJECTIVE_ID)),
    ],
)
def test_what_is_closed_is_not_cancelled(fields, refusal):
    spec.given(added()).when(replace(cancel, **fields)).then_refused(refusal)


@pytest.mark.parametrize("command", [move, grade])
def test_what_is_cancelled_stays_as_it_is(command):
    given = spec.given(*measured(), cancelled).when(command)
    given.then_refused(refusals.KeyResultIsCancelled(KEY_RESULT_ID))


def graded(**fields: object) -> KeyResultGraded:
    return KeyResultGraded.model_validate({**ids, "suggested": "0.384615", **fields})


def test_progress_suggests_the_grade():
    spec.given(*measured()).when(grade).then(graded(grade="0.384615"))


@pytest.mark.parametrize("given", ["0.38", "0.385", "0.384615"])
def test_as_exactly_as_it_is_told(given):
    told = replace(grade, grade=Decimal(given))
    spec.given(*measured()).when(told).then(graded(grade=given))


def test_another_grade_has_a_reason():
    half = replace(grade, grade=Decimal("0.5"))
    spec.given(*measured()).when(half).then_refused(
        grades.GradeNeedsReason(Decimal("0.5"), Decimal("0.384615"))
    )
    given = spec.given(*measured()).when(replace(half, reason="a hard quarter"))
    given.then(graded(grade="0.5", reason="a hard quarter"))


@pytest.mark.parametrize("given", ["-0.01", "1.01"])
def test_a_grade_goes_from_nothing_to_one(given):
    wide = replace(grade, grade=Decimal(given), reason="why not")
    spec.given(*measured()).when(wide).then_refused(grades.GradeOutOfRange(Decimal(given)))


def test_what_was_never_measured_is_graded_by_hand_with_a_reason():
    spec.given(added()).when(grade).then_refused(grades.NothingToGrade(KEY_RESULT_ID))
    given = replace(grade, grade=Decimal("0.7"))
    spec.given(added()).when(given).then_refused(grades.GradeNeedsReason(Decimal("0.7"), None))
    spec.given(added()).when(replace(given, reason="all agree")).then(
        graded(grade="0.7", suggested=None, reason="all agree")
    )


def test_the_same_grade_is_given_once():
    spec.given(*measured(), graded(grade="0.384615")).when(grade).then_nothing()


class TestLearning:
    learning = an_objective(drafted.model_copy(update={"kind": "learning"}), proposed, accepted)

    def test_a_learning_objective_is_graded_by_what_was_learned(self):
        told = replace(grade, objective=self.learning, learned="nobody reads the leaflet")
        spec.given(*measured()).when(told).then(
            graded(suggested=None, learned="nobody reads the leaflet")
        )

    def test_and_by_no_number(self):
        told = replace(grade, objective=self.learning, grade=Decimal(1), learned="much")
        spec.given(*measured()).when(told).then_refused(grades.LearningHasNoNumber(KEY_RESULT_ID))

    def test_something_was_learned(self):
        told = replace(grade, objective=self.learning)
        spec.given(*measured()).when(told).then_refused(grades.LearnedMissing(KEY_RESULT_ID))


def test_grades_are_given_while_the_cycle_runs_or_late_and_flagged_so():
    planned = replace(grade, cycle=a_cycle(opened))
    spec.given(*measured()).when(planned).then_refused(CycleNotActive(CYCLE_ID))
    late = replace(grade, cycle=over, objective=objective_over)
    spec.given(*measured()).when(late).then_refused(CycleIsClosed(CYCLE_ID))
    spec.given(*measured()).when(replace(late, late_correction=True)).then(
        graded(grade="0.384615", late_correction=True)
    )


@pytest.mark.parametrize(
    ("value", "band"),
    [
        ("0", "red"),
        ("0.399999", "red"),
        ("0.4", "yellow"),
        ("0.699999", "yellow"),
        ("0.7", "green"),
        ("1", "green"),
    ],
)
def test_bands_are_half_open(value, band):
    assert band_of(Decimal(value)) == band


def test_a_suggestion_is_no_rounder_than_two_places():
    assert suggest_grade(Decimal("0.384615")) == Decimal("0.384615")
    assert not agrees(Decimal("0.4"), None)
    assert not agrees(Decimal("0.4"), Decimal("0.384615"))
    assert not agrees(Decimal("0.4"), None)
    assert agrees(Decimal("0.4"), Decimal("0.400001"))
