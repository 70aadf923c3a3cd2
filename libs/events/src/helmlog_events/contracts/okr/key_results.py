from __future__ import annotations

from datetime import date
from typing import Any, Literal
from uuid import UUID

from helmlog_events.contracts.event import REGISTRY, Part, event
from helmlog_events.contracts.okr.work import CycleWork, upcast_with
from helmlog_events.values import Instant, Number

Metric = Literal["increase", "decrease", "stay_above", "stay_below", "stay_within", "milestone"]
Status = Literal["on_track", "behind", "at_risk", "outdated", "not_measured", "closed"]
StatusOverride = Literal["on_track", "behind", "at_risk"]
StatusRule = Literal["closed", "outdated", "guardrail", "override", "computed", "not_measured"]
ProgressRule = Literal[
    "increase", "decrease", "share_of_time", "share_of_readings", "share_of_milestones"
]
UpdateSource = Literal["check_in", "kpi", "revision", "guardrail"]
Severity = Literal["warning", "critical"]


class Milestone(Part):
    """A step of a milestone key result; steps are referred to by name. `due_on` is inclusive."""

    name: str
    weight: Number
    due_on: date | None = None


class RelativeTarget(Part):
    """A target as a change of what its KPI was: "+20 % on the quarter before".

    `change` is in percent of the basis, or in the KPI's unit. The basis is the KPI's last value
    before the cycle starts, or the last one before the same day a year earlier.
    """

    change: Number
    measured_in: Literal["percent", "units"]
    basis: Literal["before_cycle", "year_before"] = "before_cycle"


class CurvePoint(Part):
    """Where a key result should stand at the end of a day, in its own unit."""

    on: date
    value: Number


class KeyResultDefinition(Part):
    """What a key result says; all of it can be revised.

    `baseline` and `target` for increase and decrease, `lower` and `upper` bounds for stay_*;
    `relative` instead of both until it is resolved, and beside them afterwards. `commit` and
    `stretch` are values on the way to the target and beyond it. `curve` is where it should stand
    when, if that is not a straight line to `due_on` (by default the cycle's end). `guardrails` are
    KPIs that must not be in breach. `kpi_template` is a KPI of the catalogue that would fit.
    """

    title: str
    metric: Metric
    baseline: Number | None = None
    target: Number | None = None
    lower: Number | None = None
    upper: Number | None = None
    milestones: tuple[Milestone, ...] = ()
    commit: Number | None = None
    stretch: Number | None = None
    relative: RelativeTarget | None = None
    curve: tuple[CurvePoint, ...] = ()
    due_on: date | None = None
    unit: str | None = None
    rate: str | None = None
    weight: Number
    kpi_id: UUID | None = None
    kpi_template: str | None = None
    guardrails: tuple[UUID, ...] = ()
    owner: str | None = None


class Targets(Part):
    """What a check-in was measured against at its moment."""

    baseline: Number | None = None
    target: Number | None = None
    lower: Number | None = None
    upper: Number | None = None
    commit: Number | None = None
    stretch: Number | None = None


@event("KeyResultAdded", version=2)
class KeyResultAdded(CycleWork, KeyResultDefinition):
    """`derived_from` is the key result it was copied from; `external_key` its name elsewhere."""

    key_result_id: UUID
    objective_id: UUID
    derived_from: UUID | None = None
    external_key: str | None = None


@event("KeyResultTargetResolved")
class KeyResultTargetResolved(CycleWork):
    """A relative target became numbers; `cause` names the KPI value it rests on, as `kpi/1204`."""

    key_result_id: UUID
    objective_id: UUID
    basis: Number
    basis_observed_at: Instant
    baseline: Number
    target: Number
    cause: str


@event("KeyResultRevised", version=2)
class KeyResultRevised(CycleWork):
    """`rebased`: what it is measured by changed; from `effective_from` on the new line holds,
    before it the old one stays. (None: an old event left that to its envelope's `occurred_at`.)
    """

    key_result_id: UUID
    objective_id: UUID
    reason: str
    before: KeyResultDefinition
    after: KeyResultDefinition
    rebased: bool
    effective_from: Instant | None = None


@event("KeyResultMoved")
class KeyResultMoved(CycleWork):
    key_result_id: UUID
    from_objective_id: UUID
    objective_id: UUID
    reason: str


@event("KeyResultCancelled")
class KeyResultCancelled(CycleWork):
    """It counts for nothing from then on, and stays to be read."""

    key_result_id: UUID
    objective_id: UUID
    reason: str


@event("KeyResultGraded")
class KeyResultGraded(CycleWork):
    """0 to 1. `suggested` is its progress; a grade that differs has a reason."""

    key_result_id: UUID
    objective_id: UUID
    grade: Number | None = None
    suggested: Number | None = None
    reason: str | None = None
    learned: str | None = None


@event("CheckInRecorded", version=3)
class CheckInRecorded(CycleWork):
    """`done` names the milestones reached so far, for a milestone key result; none: not said.

    `status` is the owner's own judgement, which holds until the next check-in. `targets` is what it
    was measured against. `corrects` is the check-in it stands in for, at the same `observed_at`.
    `author` is who recorded it: somebody else acknowledges it. (None: an old event did not say.)
    """

    check_in_id: UUID
    key_result_id: UUID
    objective_id: UUID
    value: Number | None = None
    done: tuple[str, ...] | None = None
    confidence: int | None = None
    narrative: str | None = None
    status: StatusOverride | None = None
    status_reason: str | None = None
    correction_reason: str | None = None
    corrects: UUID | None = None
    targets: Targets | None = None
    author: str | None = None
    observed_at: Instant


@event("CheckInAcknowledged")
class CheckInAcknowledged(CycleWork):
    """A reviewer has read it."""

    check_in_id: UUID
    key_result_id: UUID
    objective_id: UUID
    note: str | None = None


@event("CheckInDue")
class CheckInDue(CycleWork):
    """The cadence has passed since `last_heard_at` (none: never heard); said once a `due_at`."""

    key_result_id: UUID
    objective_id: UUID
    owner: str | None
    due_at: Instant
    last_heard_at: Instant | None = None


@event("GuardrailBreached")
class GuardrailBreached(CycleWork):
    """A KPI that must not suffer does; `cause` is the event that told it, as `kpi/1204`."""

    key_result_id: UUID
    objective_id: UUID
    kpi_id: UUID
    breach_id: UUID
    severity: Severity
    cause: str


@event("GuardrailRecovered")
class GuardrailRecovered(CycleWork):
    key_result_id: UUID
    objective_id: UUID
    kpi_id: UUID
    breach_id: UUID
    cause: str


@event("KeyResultUpdated", version=3)
class KeyResultUpdated(CycleWork):
    """What moved it and what it came to, valid from the envelope's `occurred_at`.

    Progress is a share (1 = reached): `progress_raw` as computed by `progress_rule` (none: an old
    event did not say), `progress` clamped to 0..1, `expected_progress` what the course would have
    by then. `override` is the owner's own judgement, if one holds. `cause` is what moved it:
    `check-in/<id>`, `kpi/<seq>` or `revision/<version>`. The value is true since `observed_at`;
    `valid_from` is set where it is said again later: under another line, a breached guardrail, or
    a check-in of words.
    """

    key_result_id: UUID
    objective_id: UUID
    source: UpdateSource
    value: Number | None
    done: tuple[str, ...] = ()
    progress: Number
    progress_raw: Number
    progress_rule: ProgressRule | None = None
    expected_progress: Number
    status: Status
    status_rule: StatusRule
    override: StatusOverride | None = None
    confidence: int | None = None
    kpi_id: UUID | None = None
    observed_at: Instant
    valid_from: Instant | None = None
    cause: str


@REGISTRY.upcast("KeyResultAdded", 1)
def _undated_milestones(data: dict[str, Any]) -> dict[str, Any]:
    return {
        "late_correction": False,
        "commit": None,
        "stretch": None,
        "relative": None,
        "curve": [],
        "due_on": None,
        "kpi_template": None,
        "guardrails": [],
        "derived_from": None,
        "external_key": None,
        **data,
        "milestones": [{**step, "due_on": None} for step in data["milestones"]],
    }


upcast_with("CheckInRecorded", late_correction=False, corrects=None, targets=None)
upcast_with("CheckInRecorded", from_version=2, author=None)
upcast_with("KeyResultRevised", effective_from=None)
upcast_with("KeyResultUpdated", from_version=2, valid_from=None)


@REGISTRY.upcast("KeyResultUpdated", 1)
def _override_by_its_rule(data: dict[str, Any]) -> dict[str, Any]:
    override = data["status"] if data["status_rule"] == "override" else None
    return {"late_correction": False, "progress_rule": None, "override": override, **data}
