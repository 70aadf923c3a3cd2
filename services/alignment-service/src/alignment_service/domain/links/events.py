from __future__ import annotations

from helmlog_events.contracts.alignment import LinkAdded, LinkDeclined, LinkKind, LinkRemoved
from helmlog_events.contracts.nodes import Node, NodeType

__all__ = [
    "LinkAdded",
    "LinkDeclined",
    "LinkEvent",
    "LinkKind",
    "LinkRemoved",
    "Node",
    "NodeType",
]

LinkEvent = LinkAdded | LinkRemoved | LinkDeclined
