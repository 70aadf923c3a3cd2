"""From a request about links to the events that are to be appended."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final, Protocol
from uuid import UUID

from helmlog_events.contracts.alignment import LinkAdded, LinkKind, Node
from helmlog_events.envelope import NewEvent, StreamWrite
from helmlog_events.ids import new_id

from alignment_service.application.graphs import GRAPH_STREAM, LinkGraphs
from alignment_service.domain.links.decide import AddLink, LinkCommand, RemoveLink, decide
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
        source, target = await self._ends(tenant, link)
        command = AddLink(
            link_id=new_id(),
            kind=link.kind,
            source=link.source,
            target=link.target,
            target_objective_id=target.objective_id,
            weight=link.weight,
            cycle_ids=tuple(dict.fromkeys((source.cycle_id, target.cycle_id))),
        )
        writes = await self._decide(tenant, command, at)
        (added,) = (new.event for new in writes[0].events)
        if not isinstance(added, LinkAdded):
            raise TypeError(added)
        return added, writes

    async def remove(self, tenant: str, link_id: UUID, at: datetime) -> tuple[StreamWrite, ...]:
        """Raises `UnknownLink`."""
        return await self._decide(tenant, RemoveLink(link_id), at)

    async def _decide(
        self, tenant: str, command: LinkCommand, at: datetime
    ) -> tuple[StreamWrite, ...]:
        standing = await self._graphs.current(tenant)
        events = decide(command, standing.graph)
        news = tuple(NewEvent(event, at) for event in events)
        return (StreamWrite(GRAPH_STREAM, standing.version, news),)

    async def _ends(self, tenant: str, link: NewLink) -> tuple[KnownNode, KnownNode]:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self._patience
        while True:
            known = await self._nodes.find(tenant, (link.source.id, link.target.id))
            source = _fitting(known, link.source)
            target = _fitting(known, link.target)
            if source is not None and target is not None:
                return source, target
            if loop.time() >= deadline:
                if source is None:
                    raise UnknownNode(link.source, "from")
                raise UnknownNode(link.target, "to")
            await asyncio.sleep(_POLLING)


def _fitting(known: Mapping[UUID, KnownNode], node: Node) -> KnownNode | None:
    found = known.get(node.id)
    return found if found is not None and found.type == node.type else None
