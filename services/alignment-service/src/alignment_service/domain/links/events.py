from __future__ import annotations

from helmlog_events.contracts.alignment import LinkAdded, LinkKind, LinkRemoved
from helmlog_events.contracts.nodes import Node, NodeType

__all__ = ["LinkAdded", "LinkEvent", "LinkKind", "LinkRemoved", "Node", "NodeType"]

LinkEvent = LinkAdded | LinkRemoved
