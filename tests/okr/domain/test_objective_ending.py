from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from uuid import UUID

import pytest
from helmlog_events.contracts.okr import ObjectiveCarriedOver, ObjectiveClosed, ObjectiveGraded
from helmlog_events.testing.decider import DeciderTest
from okr_service.domain import grades
from okr_service.domain.cycle.guards import mark_work
from okr_service.domain.cycle.refusals import CycleIsClosed, CycleNotClosed
from okr_service.domain.objective import refusals
from okr_service.domain.objective.closing import CarryOverObjective, CloseObjective
from okr_service.domain.objective.decide import decide
from okr_service.domain.objective.grading import (
    GradeObjective,
    PartGrade,
    Verdict,
    grade_parts,
)
from okr_service.domain.objective.state import evolve, initial_state

from tests.okr.domain.examples import (
    CYCLE_ID,
    KEY_RESULT_ID,
    OBJECTIVE_ID,
    a_cycle,
    accepted,
    activated,
    closed,
    declined,
    drafted,
    opened,
    proposed,
    review_started,
)
from tests.okr.domain.sheets import a_part, graded_part, measured_part, part_graded

spec = DeciderTest(decide, evolve, initial_state())
running = a_cycle()
over = a_cycle(opened, activated, review_started, closed)
active = (drafted, proposed, accepted)
committed = (drafted.model_copy(update={"kind": "committed"}), proposed, accepted)
learning = (drafted.model_copy(update={"kind": "learning"}), proposed, accepted)

close = CloseObjective(OBJECTIVE_ID, running)
grade = GradeObjective(OBJECTIVE_ID, running, key_results=(measured_part("0.6"),))
carry_over = CarryOverObjective(
    OBJECTIVE_ID, running, UUID(int=11), UUID(int=12), key_results=(graded_part("0.3"),)
)
marks = mark_work(running)


def closed_as(outcome: str, grade: str | None = None, **fields) -> ObjectiveClosed:
    known = {"objective_id": OBJECTIVE_ID, "cycle_id": CYCLE_ID, "outcome": outcome}
    return ObjectiveClosed.model_validate({**known, "grade": grade, **fields})


def graded_as(grade: str | None, suggested: str | None = None, **fields) -> ObjectiveGraded:
    known = {"objective_id": OBJECTIVE_ID, "cycle_id": CYCLE_ID}
    return ObjectiveGraded.model_validate(
        {**known, "grade": grade, "suggested": suggested, **fields}
    )


def test_a_grade_is_suggested_by_the_key_results():
    spec.given(*active).when(grade).then(graded_as("0.6", "0.6"))


def test_a_grade_other_than_the_suggested_one_needs_a_reason():
    better = replace(grade, verdict=Verdict(Decimal("0.9")))
    refusal = grades.GradeNeedsReason(Decimal("0.9"), Decimal("0.6"))
    spec.given(*active).when(better).then_refused(refusal)
    explained = replace(grade, verdict=Verdict(Decimal("0.9"), "a hard quarter"))
    spec.given(*active).when(explained).then(graded_as("0.9", "0.6", reason="a hard quarter"))


def test_the_suggested_grade_may_be_told_in_two_places():
    third = replace(grade, key_results=(measured_part("0.333333"),))
    told = replace(third, verdict=Verdict(Decimal("0.33")))
    spec.given(*active).when(told).then(graded_as("0.33", "0.333333"))


@pytest.mark.parametrize("number", ["-0.01", "1.01"])
def test_a_grade_goes_from_0_to_1(number):
    odd = replace(grade, verdict=Verdict(Decimal(number), "why not"))
    spec.given(*active).when(odd).then_refused(grades.GradeOutOfRange(Decimal(number)))


def test_where_nothing_was_measured_nothing_is_suggested():
    bare = replace(grade, key_results=(a_part(),))
    spec.given(*active).when(bare).then_refused(grades.NothingToGrade(OBJECTIVE_ID))


def test_a_grade_asked_for_twice_is_given_once():
    spec.given(*active, graded_as("0.6", "0.6")).when(grade).then_nothing()


def test_a_learning_objective_is_graded_by_what_was_learned_and_no_number():
    spec.given(*learning).when(grade).then_refused(grades.LearnedMissing(OBJECTIVE_ID))
    numbered = replace(grade, verdict=Verdict(Decimal(1), learned="they rent"))
    spec.given(*learning).when(numbered).then_refused(grades.LearningHasNoNumber(OBJECTIVE_ID))
    told = replace(grade, verdict=Verdict(learned="they rent"))
    spec.given(*learning).when(told).then(graded_as(None, learned="they rent"))


@pytest.mark.parametrize(
    "history", [(drafted,), (drafted, proposed), (drafted, proposed, declined)]
)
@pytest.mark.parametrize("command", [grade, close, carry_over])
def test_what_was_never_accepted_is_not_graded_or_carried_over(history, command):
    spec.given(*history).when(command).then_refused(refusals.ObjectiveNotYetActive(OBJECTIVE_ID))


def test_an_outcome_is_derived_from_the_grade_and_kind():
    parts = replace(close, key_results=(graded_part("0.75"),))
    spec.given(*active).when(parts).then(graded_as("0.75", "0.75"), closed_as("achieved", "0.75"))
    spec.given(*committed).when(parts).then(graded_as("0.75", "0.75"), closed_as("missed", "0.75"))


def test_an_ungraded_objective_cannot_be_closed_as_achieved():
    parts = (graded_part("1", number=4), a_part())
    for outcome in ("achieved", None):
        achieved = replace(close, outcome=outcome, key_results=parts)
        spec.given(*active).when(achieved).then_refused(
            refusals.KeyResultsUngraded([KEY_RESULT_ID])
        )


def test_it_may_be_missed_with_key_results_that_were_never_measured():
    missed = replace(close, outcome="missed", key_results=(a_part(),))
    spec.given(*active).when(missed).then(closed_as("missed"))


def test_an_outcome_that_contradicts_the_grade_needs_a_reason():
    missed = replace(close, outcome="missed", key_results=(graded_part("0.9"),))
    refusal = refusals.OutcomeContradictsGrade("missed", Decimal("0.9"))
    spec.given(*active).when(missed).then_refused(refusal)
    explained = replace(missed, verdict=Verdict(reason="the wrong leads"))
    spec.given(*active).when(explained).then(
        graded_as("0.9", "0.9"), closed_as("missed", "0.9", reason="the wrong leads")
    )


def test_with_nothing_to_tell_by_an_outcome_is_asked_for():
    spec.given(*active).when(close).then_refused(grades.NothingToGrade(OBJECTIVE_ID))


def test_a_grade_given_before_stands_at_the_close():
    by_hand = graded_as("0.9", "0.6", reason="a hard quarter")
    parts = replace(close, key_results=(graded_part("0.6"),))
    spec.given(*active, by_hand).when(parts).then(closed_as("achieved", "0.9"))


def test_a_grade_that_followed_its_suggestion_goes_on_following():
    parts = replace(close, key_results=(graded_part("0.8"),))
    spec.given(*active, graded_as("0.6", "0.6")).when(parts).then(
        graded_as("0.8", "0.8"), closed_as("achieved", "0.8")
    )


def test_learning_is_closed_as_achieved_by_what_was_learned():
    spec.given(*learning).when(close).then_refused(grades.LearnedMissing(OBJECTIVE_ID))
    told = replace(close, verdict=Verdict(learned="they rent"), key_results=(a_part(),))
    spec.given(*learning).when(told).then(
        graded_as(None, learned="they rent"), closed_as("achieved", learned="they rent")
    )


def test_what_is_cancelled_says_why_and_has_no_grade():
    cancel = replace(close, outcome="cancelled")
    spec.given(*active).when(cancel).then_refused(refusals.CancelledWithoutReason(OBJECTIVE_ID))
    graded = replace(cancel, verdict=Verdict(Decimal(1), "no market"))
    spec.given(*active).when(graded).then_refused(refusals.CancelledHasNoGrade(OBJECTIVE_ID))
    explained = replace(cancel, verdict=Verdict(reason="no market"))
    spec.given(*active).when(explained).then(closed_as("cancelled", reason="no market"))


def test_closed_twice_it_is_closed_once():
    ended = (*active, graded_as("0.9", "0.9"), closed_as("achieved", "0.9"))
    for again in (close, replace(close, outcome="achieved")):
        spec.given(*ended).when(again).then_nothing()
    for other in (
        replace(close, outcome="missed"),
        replace(close, verdict=Verdict(Decimal("0.8"), "less")),
        grade,
        carry_over,
    ):
        spec.given(*ended).when(other).then_refused(refusals.ObjectiveIsClosed(OBJECTIVE_ID))


def test_in_a_closed_cycle_only_a_late_correction_grades_or_closes():
    for command in (grade, replace(close, outcome="missed"), carry_over):
        late = replace(command, cycle=over)
        spec.given(*active).when(late).then_refused(CycleIsClosed(CYCLE_ID))
        early = replace(command, late_correction=True)
        spec.given(*active).when(early).then_refused(CycleNotClosed(CYCLE_ID))


def test_a_late_correction_ends_it_otherwise_and_is_marked_so():
    ended = (*active, closed_as("missed"))
    late = replace(close, cycle=over, late_correction=True, key_results=(graded_part("0.9"),))
    spec.given(*ended).when(late).then(
        graded_as("0.9", "0.9", late_correction=True),
        closed_as("achieved", "0.9", late_correction=True),
    )
    carried = (*active, closed_as("carried_over"))
    refusal = refusals.ObjectiveAlreadyCarriedOver(OBJECTIVE_ID)
    spec.given(*carried).when(late).then_refused(refusal)


def test_carried_over_it_is_closed_with_its_grade_so_far():
    spec.given(*active).when(carry_over).then(
        graded_as("0.3", "0.3"),
        closed_as("carried_over", "0.3"),
        ObjectiveCarriedOver(
            objective_id=OBJECTIVE_ID,
            cycle_id=CYCLE_ID,
            to_cycle_id=UUID(int=11),
            to_objective_id=UUID(int=12),
        ),
    )


def test_learning_is_carried_over_before_anything_is_learned():
    (ended, _) = decide(carry_over, spec.given(*learning).state)
    assert ended == closed_as("carried_over")


def test_it_is_carried_over_once():
    carried = (*active, closed_as("carried_over"))
    refusal = refusals.ObjectiveAlreadyCarriedOver(OBJECTIVE_ID)
    spec.given(*carried).when(carry_over).then_refused(refusal)


def test_closing_grades_the_measured_and_leaves_the_unmeasured():
    parts = (measured_part("0.6"), a_part(number=4), graded_part("0.2", number=5))
    graded = grade_parts(parts, {}, OBJECTIVE_ID, marks)
    assert graded == [part_graded("0.6", "0.6")]


def test_the_parts_of_learning_have_no_numbers_either():
    parts = (measured_part("0.6"),)
    assert grade_parts(parts, {}, OBJECTIVE_ID, marks, learning=True) == []
    given = {KEY_RESULT_ID: PartGrade(Decimal("0.6"))}
    with pytest.raises(grades.LearningHasNoNumber):
        grade_parts(parts, given, OBJECTIVE_ID, marks, learning=True)


def test_a_key_results_grade_by_its_owner_has_a_reason():
    parts = (measured_part("0.6"),)
    given = {KEY_RESULT_ID: PartGrade(Decimal("0.8"))}
    with pytest.raises(grades.GradeNeedsReason):
        grade_parts(parts, given, OBJECTIVE_ID, marks)
    explained = {KEY_RESULT_ID: PartGrade(Decimal("0.8"), "late news")}
    graded = grade_parts(parts, explained, OBJECTIVE_ID, marks)
    assert graded == [part_graded("0.8", "0.6", reason="late news")]
    same = {KEY_RESULT_ID: PartGrade(Decimal("0.6"))}
    assert grade_parts(parts, same, OBJECTIVE_ID, marks) == [part_graded("0.6", "0.6")]


def test_only_its_own_key_results_are_graded_with_an_objective():
    given = {UUID(int=99): PartGrade(Decimal(1), "why not")}
    with pytest.raises(refusals.NotItsKeyResult):
        grade_parts((measured_part("0.6"),), given, OBJECTIVE_ID, marks)
