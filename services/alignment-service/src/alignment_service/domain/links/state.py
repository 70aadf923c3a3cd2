"""All links of a tenant: one state, because a loop is made by links that each alone are fine."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import assert_never
from uuid import UUID

from alignment_service.domain.links.events import LinkAdded, LinkEvent, LinkKind, LinkRemoved

Ends = tuple[LinkKind, UUID, UUID]


@dataclass(slots=True)
class LinkGraph:
    """`parents`: objective -> the objectives it contributes to.

    A link to a key result is one to its objective: the key result belongs to it, for good.
    """

    links: dict[UUID, LinkAdded] = field(default_factory=dict)
    by_ends: dict[Ends, UUID] = field(default_factory=dict)
    parents: dict[UUID, list[UUID]] = field(default_factory=dict)


def initial_state() -> LinkGraph:
    return LinkGraph()


def evolve(graph: LinkGraph, event: LinkEvent) -> LinkGraph:
    """Takes `graph` over and hands it on changed: with copies, folding n links would cost n^2."""
    match event:
        case LinkAdded():
            graph.links[event.link_id] = event
            graph.by_ends[ends_of(event)] = event.link_id
            if event.kind == "contributes":
                graph.parents.setdefault(event.source.id, []).append(event.target_objective_id)
        case LinkRemoved():
            added = graph.links.pop(event.link_id)
            del graph.by_ends[ends_of(added)]
            if added.kind == "contributes":
                graph.parents[added.source.id].remove(added.target_objective_id)
        case _ as unreachable:
            assert_never(unreachable)
    return graph


def ends_of(link: LinkAdded | LinkRemoved) -> Ends:
    return (link.kind, link.source.id, link.target.id)


def find_route(graph: LinkGraph, start: UUID, goal: UUID) -> tuple[UUID, ...] | None:
    """The objectives on a way up from `start` to `goal`, both included; none if there is no way."""
    came_from: dict[UUID, UUID | None] = {start: None}
    open_ends = [start]
    while open_ends:
        current = open_ends.pop()
        if current == goal:
            return _walk_back(came_from, goal)
        for parent in graph.parents.get(current, ()):
            if parent not in came_from:
                came_from[parent] = current
                open_ends.append(parent)
    return None


def _walk_back(came_from: dict[UUID, UUID | None], goal: UUID) -> tuple[UUID, ...]:
    route = []
    step: UUID | None = goal
    while step is not None:
        route.append(step)
        step = came_from[step]
    return tuple(reversed(route))
