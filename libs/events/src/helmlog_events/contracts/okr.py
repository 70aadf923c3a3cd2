"""What okr-service says. Every event names its cycle, so that a cycle's history can be told."""

from __future__ import annotations

from datetime import date
from typing import Literal
from uuid import UUID

from helmlog_events.contracts.event import Event, Part, event
from helmlog_events.values import Instant, Number

CycleKind = Literal["quarter", "year", "custom"]
ObjectiveKind = Literal["committed", "aspirational", "learning"]
ObjectiveLevel = Literal["company", "department", "team", "individual"]
ObjectiveOrigin = Literal["assigned", "proposed"]
ObjectiveOutcome = Literal["achieved", "missed", "cancelled", "carried_over"]
Metric = Literal["increase", "decrease", "stay_above", "stay_below", "stay_within", "milestone"]
Status = Literal["on_track", "behind", "at_risk", "outdated", "not_measured", "closed"]
StatusOverride = Literal["on_track", "behind", "at_risk"]
StatusRule = Literal["closed", "outdated", "override", "computed", "not_measured"]


class CycleWork(Event):
    """Something done within a cycle; `after_reopening` marks what came after it was reopened."""

    cycle_id: UUID
    after_reopening: bool = False


@event("CycleOpened")
class CycleOpened(Event):
    cycle_id: UUID
    name: str
    kind: CycleKind
    starts_on: date
    ends_on: date
    timezone: str
    parent_id: UUID | None = None


@event("CycleActivated")
class CycleActivated(Event):
    cycle_id: UUID


@event("CycleReviewStarted")
class CycleReviewStarted(Event):
    cycle_id: UUID


@event("CycleClosed")
class CycleClosed(Event):
    cycle_id: UUID


@event("CycleReopened")
class CycleReopened(Event):
    cycle_id: UUID
    reason: str


@event("ObjectiveDrafted")
class ObjectiveDrafted(CycleWork):
    objective_id: UUID
    title: str
    why: str
    kind: ObjectiveKind
    level: ObjectiveLevel
    origin: ObjectiveOrigin
    team: str | None = None
    owner: str | None = None


@event("ObjectiveProposed")
class ObjectiveProposed(CycleWork):
    objective_id: UUID


@event("ObjectiveAccepted")
class ObjectiveAccepted(CycleWork):
    objective_id: UUID


@event("ObjectiveDeclined")
class ObjectiveDeclined(CycleWork):
    objective_id: UUID
    reason: str


@event("ObjectiveClosed")
class ObjectiveClosed(CycleWork):
    objective_id: UUID
    outcome: ObjectiveOutcome
    grade: Number | None = None
    reason: str | None = None


@event("KeyResultAttached")
class KeyResultAttached(CycleWork):
    """The objective's side of `KeyResultAdded`, in its own stream: it knows its key results."""

    objective_id: UUID
    key_result_id: UUID


class Milestone(Part):
    """A step of a milestone key result; steps are referred to by name."""

    name: str
    weight: Number


@event("KeyResultAdded")
class KeyResultAdded(CycleWork):
    """`baseline` and `target` for increase and decrease; `lower`/`upper` bounds for stay_*."""

    key_result_id: UUID
    objective_id: UUID
    title: str
    metric: Metric
    baseline: Number | None = None
    target: Number | None = None
    lower: Number | None = None
    upper: Number | None = None
    milestones: tuple[Milestone, ...] = ()
    unit: str | None = None
    rate: str | None = None
    weight: Number
    kpi_id: UUID | None = None
    owner: str | None = None


@event("CheckInRecorded")
class CheckInRecorded(CycleWork):
    """`done` names the milestones reached so far, for a milestone key result.

    `status` is the owner's own judgement, which holds until the next check-in.
    """

    check_in_id: UUID
    key_result_id: UUID
    objective_id: UUID
    value: Number | None = None
    done: tuple[str, ...] = ()
    confidence: int | None = None
    narrative: str | None = None
    status: StatusOverride | None = None
    status_reason: str | None = None
    correction_reason: str | None = None
    observed_at: Instant


@event("KeyResultUpdated")
class KeyResultUpdated(CycleWork):
    """The result of a check-in or a KPI value, valid from the envelope's `occurred_at`.

    Progress is a share (1 = reached): `progress_raw` as computed, `progress` clamped to 0..1,
    `expected_progress` what the cycle's course would have by then. `cause` is what moved it:
    `check-in/<id>` or `kpi/<seq>`.
    """

    key_result_id: UUID
    objective_id: UUID
    source: Literal["check_in", "kpi"]
    value: Number | None
    done: tuple[str, ...] = ()
    progress: Number
    progress_raw: Number
    expected_progress: Number
    status: Status
    status_rule: StatusRule
    confidence: int | None = None
    kpi_id: UUID | None = None
    observed_at: Instant
    cause: str
