"""The only place that knows how a refusal looks over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from helmlog_web.problems import Problem, Refusals

from okr_service.domain.cycle import refusals as cycle
from okr_service.domain.key_result import definition_refusals as definition
from okr_service.domain.key_result import refusals as key_result
from okr_service.domain.objective import refusals as objective
from okr_service.domain.refusals import Refusal


def _refused(
    slug: str,
    title: str,
    facts: str | None = None,
    *,
    pointer: str | None = None,
    status: int = 422,
) -> Callable[[Refusal], Problem]:
    """`facts` quotes the refusal's arguments; `pointer` names the field that broke the rule, unless
    the refusal names it itself.
    """

    def problem(refusal: Refusal) -> Problem:
        detail = title if facts is None else f"{title}: {facts.format(*refusal.args)}"
        at = getattr(refusal, "field", pointer)
        errors = [] if at is None else [{"pointer": f"#/{at}", "detail": detail}]
        return Problem(status, slug, title, detail, errors)

    return problem


REFUSALS: Final[Refusals] = {
    cycle.UnknownCycle: _refused("unknown-cycle", "There is no such cycle", "{}", status=404),
    cycle.CycleNameTaken: _refused(
        "cycle-name-taken", "Another cycle has this name", "{}", pointer="name", status=409
    ),
    cycle.CycleEndsBeforeItStarts: _refused(
        "cycle-ends-before-it-starts",
        "The cycle ends before it starts",
        "{} to {}",
        pointer="ends_on",
    ),
    cycle.CycleOutsideCalendar: _refused(
        "cycle-outside-calendar", "A cycle lies in the years 1900 to 2999"
    ),
    cycle.UnknownTimezone: _refused(
        "unknown-timezone", "The IANA database has no such timezone", "{}", pointer="timezone"
    ),
    cycle.CycleNotActive: _refused("cycle-not-active", "The cycle is still being planned"),
    cycle.CycleInReview: _refused("cycle-in-review", "The cycle is in review already"),
    cycle.CycleIsClosed: _refused("cycle-closed", "The cycle is closed and takes no more writes"),
    cycle.CycleNotClosed: _refused(
        "cycle-not-closed", "Only a closed cycle is reopened, or corrected late"
    ),
    objective.UnknownObjective: _refused(
        "unknown-objective", "There is no such objective", "{}", status=404
    ),
    objective.PlannedInUnknownCycle: _refused(
        "unknown-cycle", "There is no such cycle", "{}", pointer="cycle_id"
    ),
    objective.ObjectiveNotProposed: _refused(
        "objective-not-proposed", "Only a proposed objective is accepted or declined"
    ),
    objective.ObjectiveAlreadyActive: _refused(
        "objective-already-active", "The objective was accepted already"
    ),
    objective.ObjectiveNotYetActive: _refused(
        "objective-not-yet-active",
        "An objective that was never accepted can be cancelled, not achieved or missed",
        pointer="outcome",
    ),
    objective.ObjectiveWasDeclined: _refused("objective-declined", "The objective was declined"),
    objective.ObjectiveIsClosed: _refused("objective-closed", "The objective is closed"),
    key_result.UnknownKeyResult: _refused(
        "unknown-key-result", "There is no such key result", "{}", status=404
    ),
    key_result.WeightNotPositive: _refused(
        "weight-not-positive", "A weight is greater than zero", "{}", pointer="weight"
    ),
    key_result.MilestoneWeightNotPositive: _refused(
        "milestone-weight-not-positive",
        "A milestone's weight is greater than zero",
        "{} has {}",
        pointer="milestones",
    ),
    key_result.MeasureIncomplete: _refused(
        "measure-incomplete", "Something is missing to measure by", "{} needs {}"
    ),
    key_result.MeasureUnsuited: _refused(
        "measure-unsuited", "This field means nothing to the metric", "{} has no {}"
    ),
    key_result.BaselineEqualsTarget: _refused(
        "baseline-equals-target", "Baseline and target are the same", "{}", pointer="target"
    ),
    key_result.TargetOnWrongSide: _refused(
        "target-on-wrong-side",
        "The target lies on the wrong side",
        "{} from {} to {}",
        pointer="target",
    ),
    key_result.BandEmpty: _refused(
        "band-empty", "The lower bound is not below the upper", "{} to {}", pointer="lower"
    ),
    key_result.MilestonesAlike: _refused(
        "milestones-alike", "Two milestones have the same name", "{}", pointer="milestones"
    ),
    key_result.MilestonesCannotFollowKPI: _refused(
        "milestones-cannot-follow-kpi", "Milestones cannot follow a KPI", pointer="kpi_id"
    ),
    key_result.BoundToKPI: _refused(
        "bound-to-kpi",
        "A KPI moves this key result; a check-in is a correction with a reason",
        "{}",
        pointer="correction_reason",
    ),
    key_result.CheckInWithoutValue: _refused(
        "check-in-without-value", "The check-in says nothing to measure", "{}", pointer="value"
    ),
    key_result.CheckInUnsuited: _refused(
        "check-in-unsuited", "This field does not fit the metric", "{} takes no {}"
    ),
    key_result.UnknownMilestone: _refused(
        "unknown-milestone", "The key result has no such milestone", "{}", pointer="done"
    ),
    key_result.ConfidenceOutOfRange: _refused(
        "confidence-out-of-range", "Confidence goes from 0 to 10", "{}", pointer="confidence"
    ),
    key_result.OverrideWithoutReason: _refused(
        "override-without-reason",
        "A status set by hand needs a reason",
        "{}",
        pointer="status_reason",
    ),
    key_result.OutsideCycle: _refused("outside-cycle", "The moment lies outside the cycle", "{}"),
    key_result.ObservedInFuture: _refused(
        "observed-in-future", "The moment lies in the future", "{}"
    ),
    key_result.TargetNotResolved: _refused(
        "target-not-resolved",
        "A value means nothing before the relative target became a number",
        pointer="value",
    ),
    key_result.KeyResultIsCancelled: _refused(
        "key-result-cancelled", "The key result was cancelled"
    ),
    key_result.UnknownCheckIn: _refused(
        "unknown-check-in", "There is no such check-in", "{}", status=404
    ),
    key_result.CorrectsUnknownCheckIn: _refused(
        "unknown-check-in", "There is no such check-in to correct", "{}", pointer="corrects"
    ),
    key_result.CorrectionWithoutReason: _refused(
        "correction-without-reason", "A correction says why", pointer="correction_reason"
    ),
    key_result.CorrectionAtAnotherTime: _refused(
        "correction-at-another-time",
        "A correction is about the moment that the corrected check-in was about",
        "{}, not {}",
        pointer="observed_at",
    ),
    key_result.OwnCheckIn: _refused(
        "own-check-in", "A check-in is acknowledged by somebody else than its author"
    ),
    key_result.RevisionBeforeLastLine: _refused(
        "revision-before-last",
        "A revision holds no earlier than the one before it",
        "{} is before {}",
        pointer="effective_from",
    ),
    key_result.RevisionReachesTooFarBack: _refused(
        "revision-reaches-too-far-back",
        "More was measured since then than can be said again",
        "{} values, {} at most",
        pointer="effective_from",
    ),
    key_result.MovedToUnknownObjective: _refused(
        "unknown-objective", "There is no such objective", "{}", pointer="objective_id"
    ),
    key_result.MovedToAnotherCycle: _refused(
        "other-cycle", "A key result is moved within its cycle", pointer="objective_id"
    ),
    key_result.GradeOutOfRange: _refused(
        "grade-out-of-range", "A grade goes from 0 to 1", "{}", pointer="grade"
    ),
    key_result.GradeWithoutReason: _refused(
        "grade-without-reason",
        "A grade that differs from the suggested one says why",
        "{}, suggested {}",
        pointer="reason",
    ),
    key_result.NothingToGradeBy: _refused(
        "nothing-to-grade-by",
        "What was never measured suggests no grade",
        pointer="grade",
    ),
    key_result.LearningHasNoGrade: _refused(
        "learning-has-no-grade",
        "A learning objective is graded by what was learned, not by a number",
        pointer="grade",
    ),
    key_result.NothingLearned: _refused(
        "nothing-learned", "A learning objective is graded by what was learned", pointer="learned"
    ),
    definition.CommitOffTheWay: _refused(
        "commit-off-the-way",
        "What is committed to lies between baseline and target",
        "{} of {} to {}",
        pointer="commit",
    ),
    definition.StretchNotBeyondTarget: _refused(
        "stretch-not-beyond-target",
        "The stretch lies beyond the target",
        "{} with the target {}",
        pointer="stretch",
    ),
    definition.CurveNotInOrder: _refused(
        "curve-not-in-order",
        "The days of a curve come one after the other, before it is due",
        "{}",
        pointer="curve",
    ),
    definition.CurveRunsBackwards: _refused(
        "curve-runs-backwards",
        "A curve leads from baseline to target without turning round",
        "{} at {}",
        pointer="curve",
    ),
    definition.DayOutsideCycle: _refused(
        "day-outside-cycle", "What is due is due within the cycle", "{} on {}"
    ),
    definition.RelativeTargetWithoutKPI: _refused(
        "relative-target-without-kpi",
        "A relative target is a change of a KPI",
        pointer="kpi_id",
    ),
    definition.RelativeTargetWithNumbers: _refused(
        "relative-target-with-numbers",
        "A relative target becomes numbers by itself",
        "{} was given",
    ),
    definition.RelativeChangeOnWrongSide: _refused(
        "relative-change-on-wrong-side",
        "An increase changes upwards, a decrease downwards",
        "{} by {}",
        pointer="relative",
    ),
    definition.GuardrailIsOwnKPI: _refused(
        "guardrail-is-own-kpi",
        "What moves a key result cannot guard it",
        "{}",
        pointer="guardrails",
    ),
    definition.GuardrailsAlike: _refused(
        "guardrails-alike", "A KPI guards a key result once", "{}", pointer="guardrails"
    ),
    definition.TooManyGuardrails: _refused(
        "too-many-guardrails",
        "That many guardrails guard nothing",
        "{}, {} at most",
        pointer="guardrails",
    ),
}
