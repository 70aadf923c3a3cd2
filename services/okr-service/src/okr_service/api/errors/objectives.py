"""How refusals of objectives and grades look over HTTP."""

from __future__ import annotations

from typing import Final

from helmlog_web.problems import Problem, Refusals

from okr_service.api.errors.refused import refused
from okr_service.domain import grades
from okr_service.domain.objective import refusals as objective
from okr_service.domain.refusals import Refusal


def _key_results_ungraded(refusal: Refusal) -> Problem:
    """Names them, so that a client can ask for their grades."""
    title = "An objective is not achieved while key results of it have no grade"
    ids = [str(key_result_id) for key_result_id in refusal.args[0]]
    errors = [{"pointer": "#/key_result_grades", "detail": f"{one} has no grade"} for one in ids]
    detail = f"{title}: {', '.join(ids)}"
    return Problem(422, "key-results-ungraded", title, detail, errors, key_results=ids)


REFUSALS: Final[Refusals] = {
    objective.UnknownObjective: refused(
        "unknown-objective", "There is no such objective", "{}", status=404
    ),
    objective.PlannedInUnknownCycle: refused(
        "unknown-cycle", "There is no such cycle", "{}", pointer="cycle_id"
    ),
    objective.ObjectiveNotProposed: refused(
        "objective-not-proposed", "Only a proposed objective is accepted or declined"
    ),
    objective.ObjectiveAlreadyActive: refused(
        "objective-already-active", "The objective was accepted already"
    ),
    objective.ObjectiveNotYetActive: refused(
        "objective-not-yet-active",
        "An objective that was never accepted can be cancelled, not graded or ended otherwise",
        pointer="outcome",
    ),
    objective.ObjectiveWasDeclined: refused("objective-declined", "The objective was declined"),
    objective.ObjectiveIsClosed: refused("objective-closed", "The objective is closed"),
    objective.UnknownParent: refused(
        "unknown-parent",
        "There is nothing of this id to contribute to",
        "{} {}",
        pointer="contributes_to",
    ),
    objective.CheckInSaysNothing: refused(
        "check-in-says-nothing",
        "A check-in on an objective has words, a confidence or a status",
        pointer="narrative",
    ),
    grades.GradeOutOfRange: refused(
        "grade-out-of-range", "A grade goes from 0 to 1", "{}", pointer="grade"
    ),
    grades.GradeNeedsReason: refused(
        "grade-needs-reason",
        "A grade other than the suggested one needs a reason",
        "{}, suggested {}",
        pointer="reason",
    ),
    grades.NothingToGrade: refused(
        "nothing-to-grade", "Nothing was measured, and no grade or outcome is given"
    ),
    grades.LearnedMissing: refused(
        "learned-missing",
        "Learning is graded by what was learned",
        pointer="learned",
    ),
    grades.LearningHasNoNumber: refused(
        "learning-has-no-number", "Learning is not graded by a number", pointer="grade"
    ),
    objective.NotItsKeyResult: refused(
        "not-its-key-result", "The objective has no such key result that counts", "{}"
    ),
    objective.KeyResultsUngraded: _key_results_ungraded,
    objective.OutcomeContradictsGrade: refused(
        "outcome-contradicts-grade",
        "An outcome other than the grade says needs a reason",
        "{} with {}",
        pointer="reason",
    ),
    objective.CancelledWithoutReason: refused(
        "cancelled-without-reason", "What is cancelled says why", pointer="reason"
    ),
    objective.CancelledHasNoGrade: refused(
        "cancelled-has-no-grade", "What is cancelled is not graded", pointer="grade"
    ),
    objective.ObjectiveAlreadyCarriedOver: refused(
        "objective-already-carried-over", "The objective was carried over already"
    ),
    objective.CopiedIntoUnknownCycle: refused(
        "unknown-cycle", "There is no such cycle", "{}", pointer="to_cycle_id"
    ),
    objective.CarriedIntoItsOwnCycle: refused(
        "carried-into-its-own-cycle",
        "What is carried over goes on in another cycle",
        pointer="to_cycle_id",
    ),
    objective.TargetUnsuited: refused(
        "target-unsuited",
        "Only an increase or a decrease takes another target",
        "{}",
        pointer="targets",
    ),
}
