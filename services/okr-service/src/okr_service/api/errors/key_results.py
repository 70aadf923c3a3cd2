"""How refusals of key results and check-ins look over HTTP."""

from __future__ import annotations

from typing import Final

from helmlog_web.problems import Refusals

from okr_service.api.errors.refused import refused
from okr_service.domain.key_result import definition_refusals as definition
from okr_service.domain.key_result import refusals as key_result

REFUSALS: Final[Refusals] = {
    key_result.UnknownKeyResult: refused(
        "unknown-key-result", "There is no such key result", "{}", status=404
    ),
    key_result.StretchEmpty: refused(
        "stretch-empty", "It ends before it begins", "{} to {}", pointer="to"
    ),
    key_result.WeightNotPositive: refused(
        "weight-not-positive", "A weight is greater than zero", "{}", pointer="weight"
    ),
    key_result.MilestoneWeightNotPositive: refused(
        "milestone-weight-not-positive",
        "A milestone's weight is greater than zero",
        "{} has {}",
        pointer="milestones",
    ),
    key_result.MeasureIncomplete: refused(
        "measure-incomplete", "Something is missing to measure by", "{} needs {}"
    ),
    key_result.MeasureUnsuited: refused(
        "measure-unsuited", "This field means nothing to the metric", "{} has no {}"
    ),
    key_result.BaselineEqualsTarget: refused(
        "baseline-equals-target", "Baseline and target are the same", "{}", pointer="target"
    ),
    key_result.TargetOnWrongSide: refused(
        "target-on-wrong-side",
        "The target lies on the wrong side",
        "{} from {} to {}",
        pointer="target",
    ),
    key_result.BandEmpty: refused(
        "band-empty", "The lower bound is not below the upper", "{} to {}", pointer="lower"
    ),
    key_result.MilestonesAlike: refused(
        "milestones-alike", "Two milestones have the same name", "{}", pointer="milestones"
    ),
    key_result.MilestonesCannotFollowKPI: refused(
        "milestones-cannot-follow-kpi", "Milestones cannot follow a KPI", pointer="kpi_id"
    ),
    key_result.BoundToKPI: refused(
        "bound-to-kpi",
        "A KPI moves this key result; a check-in is a correction with a reason",
        "{}",
        pointer="correction_reason",
    ),
    key_result.CheckInWithoutValue: refused(
        "check-in-without-value", "The check-in says nothing to measure", "{}", pointer="value"
    ),
    key_result.CheckInUnsuited: refused(
        "check-in-unsuited", "This field does not fit the metric", "{} takes no {}"
    ),
    key_result.UnknownMilestone: refused(
        "unknown-milestone", "The key result has no such milestone", "{}", pointer="done"
    ),
    key_result.ConfidenceOutOfRange: refused(
        "confidence-out-of-range", "Confidence goes from 0 to 10", "{}", pointer="confidence"
    ),
    key_result.OverrideWithoutReason: refused(
        "override-without-reason",
        "A status set by hand needs a reason",
        "{}",
        pointer="status_reason",
    ),
    key_result.OutsideCycle: refused("outside-cycle", "The moment lies outside the cycle", "{}"),
    key_result.ObservedInFuture: refused(
        "observed-in-future", "The moment lies in the future", "{}"
    ),
    key_result.TargetNotResolved: refused(
        "target-not-resolved",
        "A value means nothing before the relative target became a number",
        pointer="value",
    ),
    key_result.KeyResultIsCancelled: refused(
        "key-result-cancelled", "The key result was cancelled"
    ),
    key_result.UnknownCheckIn: refused(
        "unknown-check-in", "There is no such check-in", "{}", status=404
    ),
    key_result.CorrectsUnknownCheckIn: refused(
        "unknown-check-in", "There is no such check-in to correct", "{}", pointer="corrects"
    ),
    key_result.CorrectionWithoutReason: refused(
        "correction-without-reason", "A correction says why", pointer="correction_reason"
    ),
    key_result.CorrectionAtAnotherTime: refused(
        "correction-at-another-time",
        "A correction is about the moment that the corrected check-in was about",
        "{}, not {}",
        pointer="observed_at",
    ),
    key_result.OwnCheckIn: refused(
        "own-check-in", "A check-in is acknowledged by somebody else than its author"
    ),
    key_result.RevisionBeforeLastLine: refused(
        "revision-before-last",
        "A revision holds no earlier than the one before it",
        "{} is before {}",
        pointer="effective_from",
    ),
    key_result.RevisionReachesTooFarBack: refused(
        "revision-reaches-too-far-back",
        "More was measured since then than can be said again",
        "{} values, {} at most",
        pointer="effective_from",
    ),
    key_result.MovedToUnknownObjective: refused(
        "unknown-objective", "There is no such objective", "{}", pointer="objective_id"
    ),
    key_result.MovedToAnotherCycle: refused(
        "other-cycle", "A key result is moved within its cycle", pointer="objective_id"
    ),
    definition.CommitOffTheWay: refused(
        "commit-off-the-way",
        "What is committed to lies between baseline and target",
        "{} of {} to {}",
        pointer="commit",
    ),
    definition.StretchNotBeyondTarget: refused(
        "stretch-not-beyond-target",
        "The stretch lies beyond the target",
        "{} with the target {}",
        pointer="stretch",
    ),
    definition.CurveNotInOrder: refused(
        "curve-not-in-order",
        "The days of a curve come one after the other, before it is due",
        "{}",
        pointer="curve",
    ),
    definition.CurveRunsBackwards: refused(
        "curve-runs-backwards",
        "A curve leads from baseline to target without turning round",
        "{} at {}",
        pointer="curve",
    ),
    definition.DayOutsideCycle: refused(
        "day-outside-cycle", "What is due is due within the cycle", "{} on {}"
    ),
    definition.RelativeTargetWithoutKPI: refused(
        "relative-target-without-kpi",
        "A relative target is a change of a KPI",
        pointer="kpi_id",
    ),
    definition.RelativeTargetWithNumbers: refused(
        "relative-target-with-numbers",
        "A relative target becomes numbers by itself",
        "{} was given",
    ),
    definition.RelativeChangeOnWrongSide: refused(
        "relative-change-on-wrong-side",
        "An increase changes upwards, a decrease downwards",
        "{} by {}",
        pointer="relative",
    ),
    definition.GuardrailIsOwnKPI: refused(
        "guardrail-is-own-kpi",
        "What moves a key result cannot guard it",
        "{}",
        pointer="guardrails",
    ),
    definition.GuardrailsAlike: refused(
        "guardrails-alike", "A KPI guards a key result once", "{}", pointer="guardrails"
    ),
    definition.TooManyGuardrails: refused(
        "too-many-guardrails",
        "That many guardrails guard nothing",
        "{}, {} at most",
        pointer="guardrails",
    ),
}
