from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import assert_never
from uuid import UUID

from alignment_service.domain.links.events import (
    LinkAdded,
    LinkDeclined,
    LinkEvent,
    LinkKind,
    LinkRemoved,
    Node,
)
from alignment_service.domain.links.state import LinkGraph, ends_of, find_route


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
    """`reason` is none where somebody asked for it."""

    link_id: UUID
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class LinkIfAllowed:
    """The same as `AddLink` where nobody is there to be refused: what can't stand is declined."""

    link: AddLink


LinkCommand = AddLink | RemoveLink | LinkIfAllowed


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
        case LinkIfAllowed():
            return _add_or_decline(command.link, graph)
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
        reason=command.reason,
    )


def _add_or_decline(command: AddLink, graph: LinkGraph) -> Sequence[LinkEvent]:
    """What is asked twice is declined once."""
    try:
        return [_add(command, graph)]
    except LinkStandsAlready:
        return []
    except LinkToItself:
        declined = _decline(command, "it would lead from the objective to itself")
    except LinkClosesLoop as refusal:
        ring = " -> ".join(map(str, (command.source.id, *refusal.route)))
        declined = _decline(command, f"it would close a loop: {ring}")
    return [] if ends_of(declined) in graph.declined else [declined]


def _decline(command: AddLink, reason: str) -> LinkDeclined:
    return LinkDeclined(
        kind=command.kind,
        source=command.source,
        target=command.target,
        reason=reason,
        cycle_ids=command.cycle_ids,
    )
