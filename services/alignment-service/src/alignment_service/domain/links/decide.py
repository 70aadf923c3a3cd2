from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import assert_never
from uuid import UUID

from alignment_service.domain.links.events import (
    LinkAdded,
    LinkEvent,
    LinkKind,
    LinkRemoved,
    Node,
)
from alignment_service.domain.links.state import LinkGraph, find_route


@dataclass(frozen=True, slots=True)
class AddLink:
    link_id: UUID
    kind: LinkKind
    source: Node
    target: Node
    target_objective_id: UUID
    weight: Decimal
    cycle_ids: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class RemoveLink:
    link_id: UUID


LinkCommand = AddLink | RemoveLink


class LinkRefused(Exception):
    """A rule of links refuses the command."""


class WeightNotPositive(LinkRefused):
    def __init__(self, weight: Decimal) -> None:
        super().__init__(weight)
        self.weight = weight


class OnlyObjectivesLinkUp(LinkRefused):
    """A key result belongs to its objective and goes no other way up."""


class LinkToItself(LinkRefused):
    """The link would lead from an objective to itself, or to a key result of its own."""

    def __init__(self, objective_id: UUID) -> None:
        super().__init__(objective_id)
        self.objective_id = objective_id


class LinkClosesLoop(LinkRefused):
    """`route` already leads from the link's target up to its source."""

    def __init__(self, route: tuple[UUID, ...]) -> None:
        super().__init__(route)
        self.route = route


class LinkStandsAlready(LinkRefused):
    """A second link of the same kind between the same ends would count twice."""

    def __init__(self, link_id: UUID) -> None:
        super().__init__(link_id)
        self.link_id = link_id


class UnknownLink(LinkRefused):
    def __init__(self, link_id: UUID) -> None:
        super().__init__(link_id)
        self.link_id = link_id


def decide(command: LinkCommand, graph: LinkGraph) -> Sequence[LinkEvent]:
    match command:
        case AddLink():
            return [_add(command, graph)]
        case RemoveLink():
            return [_remove(command, graph)]
        case _ as unreachable:
            assert_never(unreachable)


def _add(command: AddLink, graph: LinkGraph) -> LinkAdded:
    if command.weight <= 0:
        raise WeightNotPositive(command.weight)
    if command.source.type != "objective":
        raise OnlyObjectivesLinkUp
    if command.source.id == command.target_objective_id:
        raise LinkToItself(command.source.id)
    standing = graph.by_ends.get((command.kind, command.source.id, command.target.id))
    if standing is not None:
        raise LinkStandsAlready(standing)
    if command.kind == "contributes":
        route = find_route(graph, command.target_objective_id, command.source.id)
        if route is not None:
            raise LinkClosesLoop(route)
    return LinkAdded(
        link_id=command.link_id,
        kind=command.kind,
        source=command.source,
        target=command.target,
        target_objective_id=command.target_objective_id,
        weight=command.weight,
        cycle_ids=command.cycle_ids,
    )


def _remove(command: RemoveLink, graph: LinkGraph) -> LinkRemoved:
    link = graph.links.get(command.link_id)
    if link is None:
        raise UnknownLink(command.link_id)
    return LinkRemoved(
        link_id=link.link_id,
        kind=link.kind,
        source=link.source,
        target=link.target,
        cycle_ids=link.cycle_ids,
    )
