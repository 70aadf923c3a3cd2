from __future__ import annotations

from typing import Literal
from uuid import UUID

from helmlog_events.contracts.event import Part

NodeType = Literal["objective", "key_result"]


class Node(Part):
    """What stands in the graph of alignment."""

    type: NodeType
    id: UUID
