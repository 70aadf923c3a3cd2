"""The only place that knows how a refusal looks over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from helmlog_web.problems import Problem, Refusals

from okr_service.domain.catalogue import refusals as catalogue
from okr_service.domain.cycle import refusals as cycle
from okr_service.domain.imports import refusals as imports
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
    key_result.OutsideCycle: _refused(
        "outside-cycle", "The moment lies outside the cycle", "{}", pointer="observed_at"
    ),
    key_result.ObservedInFuture: _refused(
        "observed-in-future", "The moment lies in the future", "{}", pointer="observed_at"
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
