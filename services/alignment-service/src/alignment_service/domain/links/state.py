"""All links of a tenant: one state, because a loop is made by links that each alone are fine."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import assert_never
from uuid import UUID

from alignment_service.domain.links.events import (
    LinkAdded,
    LinkDeclined,
    LinkEvent,
    LinkKind,
    LinkRemoved,
)

Ends = tuple[LinkKind, UUID, UUID]
Ways = dict[UUID, list[UUID]]


@dataclass(slots=True)
class LinkGraph:
    """`parents`: objective -> the objectives it contributes to; `children`: the other way round.

    A link to a key result is one to the objective that the key result was of when the link was
    made. When it is moved, the link is made anew: until then it leads nowhere else.
    """

    links: dict[UUID, LinkAdded] = field(default_factory=dict)
    by_ends: dict[Ends, UUID] = field(default_factory=dict)
    parents: Ways = field(default_factory=dict)
    children: Ways = field(default_factory=dict)
    at_key_result: Ways = field(default_factory=dict)
    declined: set[Ends] = field(default_factory=set)


def initial_state() -> LinkGraph:
    return LinkGraph()


def evolve(graph: LinkGraph, event: LinkEvent) -> LinkGraph:
    """Takes `graph` over and hands it on changed: with copies, folding n links would cost n^2."""
    match event:
        case LinkAdded():
            graph.links[event.link_id] = event
            graph.by_ends[ends_of(event)] = event.link_id
            graph.declined.discard(ends_of(event))
            for ways, here, there in _ways(graph, event):
                ways.setdefault(here, []).append(there)
        case LinkRemoved():
            added = graph.links.pop(event.link_id)
            del graph.by_ends[ends_of(added)]
            for ways, here, there in _ways(graph, added):
                ways[here].remove(there)
        case LinkDeclined():
            graph.declined.add(ends_of(event))
        case _ as unreachable:
            assert_never(unreachable)
    return graph


def ends_of(link: LinkAdded | LinkRemoved | LinkDeclined) -> Ends:
    return (link.kind, link.source.id, link.target.id)


def _ways(graph: LinkGraph, link: LinkAdded) -> Iterator[tuple[Ways, UUID, UUID]]:
    if link.kind == "contributes":
        yield graph.parents, link.source.id, link.target_objective_id
        yield graph.children, link.target_objective_id, link.source.id
    if link.target.type == "key_result":
        yield graph.at_key_result, link.target.id, link.link_id


def find_route(graph: LinkGraph, start: UUID, goal: UUID) -> tuple[UUID, ...] | None:
    """The objectives on a way up from `start` to `goal`, both included; none if there is no way."""
    if not _connected(graph, start, goal):
        return None
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


def _connected(graph: LinkGraph, start: UUID, goal: UUID) -> bool:
    """Whether a way leads up from `start` to `goal`.

    Looked for from both ends by turns, so that it costs by the smaller of what stands above the
    one and below the other: a long chain built link by link would cost the square otherwise.
    """
    searches = (_reach(graph.parents, start), _reach(graph.children, goal))
    sought = (goal, start)
    while True:
        for search, end in zip(searches, sought, strict=True):
            found = next(search, None)
            if found is None:
                return False
            if found == end:
                return True


def _reach(ways: Mapping[UUID, list[UUID]], start: UUID) -> Iterator[UUID]:
    seen = {start}
    open_ends = [start]
    while open_ends:
        current = open_ends.pop()
        yield current
        for following in ways.get(current, ()):
            if following not in seen:
                seen.add(following)
                open_ends.append(following)


def _walk_back(came_from: dict[UUID, UUID | None], goal: UUID) -> tuple[UUID, ...]:
    route = []
    step: UUID | None = goal
    while step is not None:
        route.append(step)
        step = came_from[step]
    return tuple(reversed(route))
