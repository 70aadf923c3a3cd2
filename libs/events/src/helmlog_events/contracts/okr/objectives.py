from __future__ import annotations

from typing import Literal
from uuid import UUID

from helmlog_events.contracts.event import Part, event
from helmlog_events.contracts.nodes import Node
from helmlog_events.contracts.okr.key_results import StatusOverride
from helmlog_events.contracts.okr.work import CycleWork, upcast_with
from helmlog_events.values import Instant, Number

ObjectiveKind = Literal["committed", "aspirational", "learning"]
ObjectiveLevel = Literal["company", "department", "team", "individual"]
ObjectiveOrigin = Literal["assigned", "proposed"]
ObjectiveOutcome = Literal["achieved", "missed", "cancelled", "carried_over"]
Descent = Literal["carried_over", "cloned", "catalogue"]


class ObjectiveDefinition(Part):
    """What an objective says; all of it can be revised.

    `team` and `owner` are names, or slugs of the organisation; `serves` names what of the strategy
    it is for, as `pillar/growth`; `cadence_days` is its own rhythm of check-ins instead of the
    cycle's.
    """

    title: str
    why: str
    kind: ObjectiveKind
    level: ObjectiveLevel
    team: str | None = None
    owner: str | None = None
    serves: tuple[str, ...] = ()
    cadence_days: int | None = None


class DerivedFrom(Part):
    """Where a thing was copied from: an objective or key result of an earlier cycle, or a template
    of the catalogue by its slug.
    """

    descent: Descent
    id: UUID | None = None
    cycle_id: UUID | None = None
    template: str | None = None


@event("ObjectiveDrafted", version=2)
class ObjectiveDrafted(CycleWork, ObjectiveDefinition):
    """`contributes_to` is the parent it was written under; `external_key` its name elsewhere."""

    objective_id: UUID
    origin: ObjectiveOrigin
    contributes_to: Node | None = None
    derived_from: DerivedFrom | None = None
    external_key: str | None = None


@event("ObjectiveProposed", version=2)
class ObjectiveProposed(CycleWork):
    objective_id: UUID


@event("ObjectiveAccepted", version=2)
class ObjectiveAccepted(CycleWork):
    objective_id: UUID


@event("ObjectiveDeclined", version=2)
class ObjectiveDeclined(CycleWork):
    objective_id: UUID
    reason: str


@event("ObjectiveRevised")
class ObjectiveRevised(CycleWork):
    objective_id: UUID
    reason: str
    before: ObjectiveDefinition
    after: ObjectiveDefinition


@event("ObjectiveCheckInRecorded")
class ObjectiveCheckInRecorded(CycleWork):
    """Words about an objective as a whole; its progress comes from what it is measured by.

    `status` is the owner's own judgement, which holds until the next check-in.
    """

    check_in_id: UUID
    objective_id: UUID
    confidence: int | None = None
    narrative: str | None = None
    status: StatusOverride | None = None
    status_reason: str | None = None
    observed_at: Instant


@event("ObjectiveGraded")
class ObjectiveGraded(CycleWork):
    """0 to 1. `suggested` is what its key results come to; a grade that differs has a reason.

    A learning objective is graded by `learned` and has no number.
    """

    objective_id: UUID
    grade: Number | None = None
    suggested: Number | None = None
    reason: str | None = None
    learned: str | None = None


@event("ObjectiveClosed", version=2)
class ObjectiveClosed(CycleWork):
    objective_id: UUID
    outcome: ObjectiveOutcome
    grade: Number | None = None
    reason: str | None = None
    learned: str | None = None


@event("ObjectiveCarriedOver")
class ObjectiveCarriedOver(CycleWork):
    """On the origin, after it was closed so; `to_objective_id` goes on with it."""

    objective_id: UUID
    to_cycle_id: UUID
    to_objective_id: UUID


@event("KeyResultAttached", version=2)
class KeyResultAttached(CycleWork):
    """The objective's side of `KeyResultAdded`, in its own stream: it knows its key results."""

    objective_id: UUID
    key_result_id: UUID


@event("KeyResultDetached")
class KeyResultDetached(CycleWork):
    """The side of the objective that a key result was moved away from."""

    objective_id: UUID
    key_result_id: UUID


upcast_with(
    "ObjectiveDrafted",
    late_correction=False,
    serves=[],
    cadence_days=None,
    contributes_to=None,
    derived_from=None,
    external_key=None,
)
upcast_with("ObjectiveClosed", late_correction=False, learned=None)
for _step in (
    "ObjectiveProposed",
    "ObjectiveAccepted",
    "ObjectiveDeclined",
    "KeyResultAttached",
):
    upcast_with(_step, late_correction=False)
