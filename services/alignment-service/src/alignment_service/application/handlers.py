"""From a request about links to the events that are to be appended."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final, Protocol
from uuid import UUID

from helmlog_events.contracts.alignment import LinkAdded, LinkKind
from helmlog_events.contracts.nodes import Node
from helmlog_events.envelope import NewEvent, StreamWrite
from helmlog_events.ids import new_id

from alignment_service.application.graphs import GRAPH_STREAM, LinkGraphs, StandingGraph
from alignment_service.domain.course import Course, linked_at, unlinked_at
from alignment_service.domain.links.decide import (
    AddLink,
    LinkCommand,
    RemoveLink,
    UnknownLink,
    decide,
)
from alignment_service.domain.nodes import KnownNode

PATIENCE: Final = 2.0
"""Seconds a link waits for its ends: who has just created them links them right away."""
_POLLING: Final = 0.05


class NodeDirectory(Protocol):
    async def find(self, tenant: str, nodes: Sequence[UUID]) -> Mapping[UUID, KnownNode]:
        """Those of `nodes` that okr-service has told of so far."""


class UnknownNode(Exception):
    """Nothing of this type and id has been heard of within the patience."""

    def __init__(self, node: Node, end: str) -> None:
        super().__init__(node, end)
        self.node = node
        self.end = end


@dataclass(frozen=True, slots=True)
class NewLink:
    kind: LinkKind
    source: Node
    target: Node
    weight: Decimal


class LinkHandlers:
    def __init__(
        self, graphs: LinkGraphs, nodes: NodeDirectory, *, patience: float = PATIENCE
    ) -> None:
        self._graphs = graphs
        self._nodes = nodes
        self._patience = patience

    async def add(
        self, tenant: str, link: NewLink, at: datetime
    ) -> tuple[LinkAdded, tuple[StreamWrite, ...]]:
        """Raises `UnknownNode` or a `LinkRefused`."""
        (source, begun), (target, begun_above) = await self._placed(
            tenant, {"from": link.source, "to": link.target}
        )
        command = AddLink(
            link_id=new_id(),
            kind=link.kind,
            source=link.source,
            target=link.target,
            target_objective_id=target.objective_id,
            weight=link.weight,
            cycle_ids=tuple(dict.fromkeys((source.cycle_id, target.cycle_id))),
        )
        standing = await self._graphs.current(tenant)
        writes = _decide(command, standing, linked_at(at, begun, begun_above))
        (added,) = (new.event for new in writes[0].events)
        if not isinstance(added, LinkAdded):
            raise TypeError(added)
        return added, writes

    async def remove(self, tenant: str, link_id: UUID, at: datetime) -> tuple[StreamWrite, ...]:
        """Raises `UnknownLink`, or `UnknownNode` while its target has not been heard of."""
        link = (await self._graphs.current(tenant)).graph.links.get(link_id)
        if link is None:
            raise UnknownLink(link_id)
        ((_, course),) = await self._placed(tenant, {"to": link.target})
        standing = await self._graphs.current(tenant)
        since = standing.since.get(link_id, at)
        return _decide(RemoveLink(link_id), standing, unlinked_at(at, course, since))

    async def _placed(
        self, tenant: str, ends: Mapping[str, Node]
    ) -> Sequence[tuple[KnownNode, Course]]:
        """The nodes with the courses of their cycles, once both have been heard of."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self._patience
        while True:
            known = await self._nodes.find(tenant, [node.id for node in ends.values()])
            found = {end: _placed(known.get(node.id), node) for end, node in ends.items()}
            placed = [node for node in found.values() if node is not None]
            if len(placed) == len(ends):
                return placed
            if loop.time() >= deadline:
                missing = next(end for end, node in found.items() if node is None)
                raise UnknownNode(ends[missing], missing)
            await asyncio.sleep(_POLLING)


def _decide(
    command: LinkCommand, standing: StandingGraph, occurred_at: datetime
) -> tuple[StreamWrite, ...]:
    news = tuple(NewEvent(event, occurred_at) for event in decide(command, standing.graph))
    return (StreamWrite(GRAPH_STREAM, standing.version, news),)


def _placed(known: KnownNode | None, node: Node) -> tuple[KnownNode, Course] | None:
    if known is None or known.type != node.type or known.course is None:
        return None
    return known, known.course
