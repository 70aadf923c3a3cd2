"""The parts of a KPI, and theirs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple
from uuid import UUID


class Member(NamedTuple):
    """A KPI, and what it is a part of; `order` is its place among the parts of the same one."""

    kpi_id: UUID
    parent_id: UUID | None
    order: str


class Node(NamedTuple):
    """`depth` is 0 for the root; `parts` counts those right below it."""

    kpi_id: UUID
    depth: int
    parts: int


def tree_of(root: UUID, members: Iterable[Member], deepest: int | None = None) -> list[Node]:
    """The root and all below it down to `deepest`, each before its parts, which are in order."""
    below: dict[UUID | None, list[Member]] = defaultdict(list)
    for member in members:
        below[member.parent_id].append(member)
    nodes: list[Node] = []
    # A stack of its own: a tree nests deeper than Python's calls may.
    waiting = [(root, 0)]
    while waiting:
        kpi_id, depth = waiting.pop()
        parts = below.get(kpi_id, [])
        nodes.append(Node(kpi_id, depth, len(parts)))
        if deepest is None or depth < deepest:
            in_order = sorted(parts, key=_order, reverse=True)
            waiting.extend((part.kpi_id, depth + 1) for part in in_order)
    return nodes


def _order(member: Member) -> tuple[str, UUID]:
    return member.order, member.kpi_id
