"""The only place that knows how a refusal looks over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from helmlog_web.problems import Problem, Refusals

from okr_service.domain import grades
from okr_service.domain.catalogue import refusals as catalogue
from okr_service.domain.changes import ChangeOutsideCalendar
from okr_service.domain.comment import refusals as comment
from okr_service.domain.cycle import refusals as cycle
from okr_service.domain.fiscal_calendar import refusals as fiscal_calendar
from okr_service.domain.imports import refusals as imports
from okr_service.domain.initiative import refusals as initiative
from okr_service.domain.key_result import definition_refusals as definition
from okr_service.domain.key_result import refusals as key_result
from okr_service.domain.objective import refusals as objective
from okr_service.domain.organisation import refusals as organisation
from okr_service.domain.refusals import Refusal
from okr_service.domain.strategy import refusals as strategy


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


def _key_results_ungraded(refusal: Refusal) -> Problem:
    """Names them, so that a client can ask for their grades."""
    title = "An objective is not achieved while key results of it have no grade"
    ids = [str(key_result_id) for key_result_id in refusal.args[0]]
    errors = [{"pointer": "#/key_result_grades", "detail": f"{one} has no grade"} for one in ids]
    detail = f"{title}: {', '.join(ids)}"
    return Problem(422, "key-results-ungraded", title, detail, errors, key_results=ids)


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
    cycle.UnknownParentCycle: _refused(
        "unknown-parent-cycle", "There is no such cycle to lie in", "{}", pointer="parent_id"
    ),
    cycle.ParentCycleIsClosed: _refused(
        "parent-cycle-closed", "The cycle it lies in is closed", "{}"
    ),
    cycle.OutsideParentCycle: _refused(
        "outside-parent-cycle",
        "The dates lie outside of the cycle that it lies in",
        "{} is {} to {}",
        pointer="starts_on",
    ),
    cycle.ChildCycleOutside: _refused(
        "child-cycle-outside",
        "A cycle that lies in this one would lie outside of it",
        "{} is {} to {}",
        pointer="ends_on",
    ),
    cycle.CycleNestsInItself: _refused(
        "cycle-nests-in-itself", "A cycle cannot lie in itself", pointer="parent_id"
    ),
    cycle.ChildCyclesOpen: _refused(
        "child-cycles-open", "Cycles that lie in this one are still running", "{}"
    ),
    cycle.ObjectivesOpen: _refused("objectives-open", "Objectives are still open", "{}"),
    cycle.PlanSettled: _refused(
        "cycle-plan-settled", "A cycle that runs changes its end and its name only", "{}"
    ),
    cycle.CycleEndsBeforeActivation: _refused(
        "cycle-ends-before-activation",
        "The cycle was activated after that day",
        "{}, activated at {}",
        pointer="ends_on",
    ),
    cycle.SettingOutOfRange: _refused(
        "setting-out-of-range", "The setting lies out of its range", "{}: {} is not {} to {}"
    ),
    cycle.PlannedStepsOutOfOrder: _refused(
        "planned-steps-out-of-order",
        "Activation is planned before review, and closing not before it",
        "{}: {}, then {}",
    ),
    cycle.PlannedStepOutsideCycle: _refused(
        "planned-step-outside-cycle",
        "Activation is planned before the end, review and closing after the start, all within a"
        " year of the dates",
        "{} at {}",
    ),
    fiscal_calendar.UnknownFiscalCalendar: _refused(
        "unknown-fiscal-calendar", "There is no such fiscal calendar", "{}", status=404
    ),
    fiscal_calendar.PlannedByUnknownCalendar: _refused(
        "unknown-fiscal-calendar",
        "There is no such fiscal calendar",
        "{}",
        pointer="fiscal/calendar",
    ),
    fiscal_calendar.WeekdayMissing: _refused(
        "weekday-missing", "A year of weeks ends on a weekday", "{}", pointer="ends_on_weekday"
    ),
    fiscal_calendar.WeekdayUnsuited: _refused(
        "weekday-unsuited",
        "A year of months ends with a month, on whatever weekday",
        "{}",
        pointer="ends_on_weekday",
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
        "An objective that was never accepted can be cancelled, not graded or ended otherwise",
        pointer="outcome",
    ),
    objective.ObjectiveWasDeclined: _refused("objective-declined", "The objective was declined"),
    objective.ObjectiveIsClosed: _refused("objective-closed", "The objective is closed"),
    objective.UnknownParent: _refused(
        "unknown-parent",
        "There is nothing of this id to contribute to",
        "{} {}",
        pointer="contributes_to",
    ),
    objective.CheckInSaysNothing: _refused(
        "check-in-says-nothing",
        "A check-in on an objective has words, a confidence or a status",
        pointer="narrative",
    ),
    grades.GradeOutOfRange: _refused(
        "grade-out-of-range", "A grade goes from 0 to 1", "{}", pointer="grade"
    ),
    grades.GradeNeedsReason: _refused(
        "grade-needs-reason",
        "A grade other than the suggested one needs a reason",
        "{}, suggested {}",
        pointer="reason",
    ),
    grades.NothingToGrade: _refused(
        "nothing-to-grade", "Nothing was measured, and no grade or outcome is given"
    ),
    grades.LearnedMissing: _refused(
        "learned-missing",
        "Learning is graded by what was learned",
        pointer="learned",
    ),
    grades.LearningHasNoNumber: _refused(
        "learning-has-no-number", "Learning is not graded by a number", pointer="grade"
    ),
    objective.NotItsKeyResult: _refused(
        "not-its-key-result", "The objective has no such key result that counts", "{}"
    ),
    objective.KeyResultsUngraded: _key_results_ungraded,
    objective.OutcomeContradictsGrade: _refused(
        "outcome-contradicts-grade",
        "An outcome other than the grade says needs a reason",
        "{} with {}",
        pointer="reason",
    ),
    objective.CancelledWithoutReason: _refused(
        "cancelled-without-reason", "What is cancelled says why", pointer="reason"
    ),
    objective.CancelledHasNoGrade: _refused(
        "cancelled-has-no-grade", "What is cancelled is not graded", pointer="grade"
    ),
    objective.ObjectiveAlreadyCarriedOver: _refused(
        "objective-already-carried-over", "The objective was carried over already"
    ),
    objective.CopiedIntoUnknownCycle: _refused(
        "unknown-cycle", "There is no such cycle", "{}", pointer="to_cycle_id"
    ),
    objective.CarriedIntoItsOwnCycle: _refused(
        "carried-into-its-own-cycle",
        "What is carried over goes on in another cycle",
        pointer="to_cycle_id",
    ),
    objective.TargetUnsuited: _refused(
        "target-unsuited",
        "Only an increase or a decrease takes another target",
        "{}",
        pointer="targets",
    ),
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
    ChangeOutsideCalendar: _refused(
        "change-outside-calendar",
        "A change holds from a moment in the years 1900 to 2999",
        "{}",
        pointer="effective_from",
    ),
    organisation.SlugTaken: _refused(
        "slug-taken", "A unit or a person has this slug", "{}", pointer="slug", status=409
    ),
    organisation.UnknownUnit: _refused("unknown-unit", "There is no such unit", "{}", status=404),
    organisation.UnknownPerson: _refused(
        "unknown-person", "There is no such person", "{}", status=404
    ),
    organisation.UnitNotThere: _refused(
        "unit-not-there",
        "The unit is not open at that moment",
        "{} at {}",
        pointer="effective_from",
    ),
    organisation.PersonNotThere: _refused(
        "person-not-there",
        "The person is not there at that moment",
        "{} at {}",
        pointer="effective_from",
    ),
    organisation.PlaceUnknown: _refused("place-unknown", "There is no such unit", "{}"),
    organisation.PlaceNotOpen: _refused(
        "place-not-open", "The unit is not open all that time", "{} at {}"
    ),
    organisation.KindOutOfOrder: _refused(
        "kind-out-of-order",
        "Companies hold departments, and departments teams",
        "a {} is no part of a {}",
        pointer="parent",
    ),
    organisation.UnitWithinItself: _refused(
        "unit-within-itself",
        "The unit would be a part of itself",
        "{} in {} at {}",
        pointer="parent",
    ),
    organisation.UnitHasParts: _refused(
        "unit-has-parts", "Other units are part of it, or are to be", "{} has {}"
    ),
    organisation.UnitHasPeople: _refused(
        "unit-has-people", "People work in it, or are to", "{} has {}"
    ),
    strategy.StrategyNotStated: _refused(
        "strategy-not-stated", "No strategy was stated by then", status=404
    ),
    strategy.StrategySlugsAlike: _refused(
        "strategy-slugs-alike", "Two of them have the same slug", "{}"
    ),
    initiative.UnknownInitiative: _refused(
        "unknown-initiative", "There is no such initiative", "{}", status=404
    ),
    initiative.InitiativeIsOver: _refused(
        "initiative-over", "The initiative is finished or cancelled; resume it first", "{}"
    ),
    initiative.EffortNotPositive: _refused(
        "effort-not-positive", "An effort is greater than zero", "{}", pointer="effort"
    ),
    initiative.EffortSpentNegative: _refused(
        "effort-spent-negative", "No effort is less than none", "{}", pointer="effort_spent"
    ),
    initiative.InitiativeDueOutsideCycle: _refused(
        "initiative-due-outside-cycle", "The day lies outside the cycle", "{}", pointer="due_on"
    ),
    initiative.PlannedForCancelledKeyResult: _refused(
        "key-result-not-pursued", "The key result was cancelled", "{}"
    ),
    comment.UnknownComment: _refused(
        "unknown-comment", "There is no such comment", "{}", status=404
    ),
    comment.ReplyToUnknownComment: _refused(
        "unknown-comment", "There is no such comment", "{}", pointer="reply_to"
    ),
    comment.ReplyElsewhere: _refused(
        "reply-elsewhere",
        "The comment it answers stands somewhere else",
        "{}",
        pointer="reply_to",
    ),
    comment.NotTheAuthor: _refused(
        "not-the-author",
        "A comment is withdrawn by its author, or by an admin",
        "{}",
        status=403,
    ),
    imports.UnknownImport: _refused("unknown-import", "There is no such import", "{}", status=404),
    imports.FileNotText: _refused(
        "file-not-text", "The file is not UTF-8", "byte {} cannot be read"
    ),
    imports.FileNotRows: _refused("file-not-rows", "The file holds no rows", "{}"),
    imports.FileEmpty: _refused("file-empty", "There is no row below a header"),
    imports.TooManyRows: _refused(
        "too-many-rows", "The file has too many rows", "{} are read", status=413
    ),
    imports.QuoteNeverClosed: _refused(
        "quote-never-closed", "A quoted cell never ends", "it begins in row {}"
    ),
    imports.CellTooLarge: _refused("cell-too-large", "A cell is too large to be read", "row {}"),
    imports.ColumnsMissing: _refused("columns-missing", "Columns are missing", "{}"),
    imports.ColumnTwice: _refused("column-twice", "A column is there twice", "{}"),
    imports.MappingUnreadable: _refused("mapping-unreadable", "A mapping is heading:column", "{}"),
    imports.HeadingUnknown: _refused("heading-unknown", "The file has no such heading", "{}"),
    catalogue.UnknownExample: _refused(
        "unknown-example", "The catalogue has no such example", "{}", status=404
    ),
    catalogue.UnknownExampleKeyResult: _refused(
        "unknown-example-key-result",
        "The example has no such key result",
        "{}",
        pointer="overrides",
    ),
}
