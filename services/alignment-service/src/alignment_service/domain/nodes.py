from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from helmlog_events.contracts.alignment import NodeType


@dataclass(frozen=True, slots=True)
class KnownNode:
    """`objective_id` is the node itself, or the objective a key result belongs to."""

    type: NodeType
    objective_id: UUID
    cycle_id: UUID
