"""What alignment-service says."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from helmlog_events.contracts.event import Event, event
from helmlog_events.contracts.nodes import Node
from helmlog_events.values import Instant, Number

LinkKind = Literal["contributes", "supports"]


@event("LinkAdded")
class LinkAdded(Event):
    """`target_objective_id` is the target itself, or the objective the target key result is of.

    `cycle_ids` are those of both ends.
    """

    link_id: UUID
    kind: LinkKind
    source: Node
    target: Node
    target_objective_id: UUID
    weight: Number
    cycle_ids: tuple[UUID, ...]


@event("LinkRemoved")
class LinkRemoved(Event):
    """The ends are said again, so that what stood above the link is known from this event alone."""

    link_id: UUID
    kind: LinkKind
    source: Node
    target: Node
    cycle_ids: tuple[UUID, ...]


@event("RollUpChanged")
class RollUpChanged(Event):
    """Share of 1, to six places; none when nothing below is measured. `cause` as `okr/1204`."""

    node: Node
    cycle_id: UUID
    roll_up: Number | None
    previous: Number | None
    cause: str


@event("ObjectiveAtRisk")
class ObjectiveAtRisk(Event):
    """A key result of it hangs on a KPI in breach. Said once an objective and breach."""

    objective_id: UUID
    cycle_id: UUID
    key_result_id: UUID
    kpi_id: UUID
    breach_id: UUID
    severity: Literal["warning", "critical"]
    since: Instant
    cause: str


@event("RiskCleared")
class RiskCleared(Event):
    objective_id: UUID
    cycle_id: UUID
    key_result_id: UUID
    kpi_id: UUID
    breach_id: UUID
    cause: str
