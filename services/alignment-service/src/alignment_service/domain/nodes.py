from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from helmlog_events.contracts.nodes import NodeType

from alignment_service.domain.course import Course


@dataclass(frozen=True, slots=True)
class KnownNode:
    """`objective_id` is the node itself, or the objective a key result belongs to.

    `course` is none until the cycle has been heard of as well.
    """

    type: NodeType
    objective_id: UUID
    cycle_id: UUID
    course: Course | None
