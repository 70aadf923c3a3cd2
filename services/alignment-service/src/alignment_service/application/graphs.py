from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, assert_never, cast
from uuid import UUID

from helmlog_events.envelope import RecordedEvent
from helmlog_events.ids import stream_id
from helmlog_events.store.protocol import EventStore

from alignment_service.domain.links.events import LinkAdded, LinkEvent, LinkRemoved
from alignment_service.domain.links.state import LinkGraph, evolve, initial_state

GRAPH_STREAM: Final = stream_id("graph", "links")
"""Every link of a tenant is an event of this one stream: what closes a loop meets its other half
as a version conflict, in whichever process it was decided."""


@dataclass(slots=True)
class StandingGraph:
    """`since`: from when on each standing link holds."""

    version: int = 0
    graph: LinkGraph = field(default_factory=initial_state)
    since: dict[UUID, datetime] = field(default_factory=dict)

    def follow(self, record: RecordedEvent) -> None:
        event = cast("LinkEvent", record.event)
        self.graph = evolve(self.graph, event)
        self.version = record.version
        match event:
            case LinkAdded():
                self.since[event.link_id] = record.occurred_at
            case LinkRemoved():
                del self.since[event.link_id]
            case _ as unreachable:
                assert_never(unreachable)


class LinkGraphs:
    """The link graph of each tenant, folded on from where it stood when last asked for.

    What is returned stays true only until the next `await`: other requests fold it on.
    """

    def __init__(self, store: EventStore, *, tenants: int = 256) -> None:
        self._store = store
        self._tenants = tenants
        self._standing: OrderedDict[str, StandingGraph] = OrderedDict()

    async def current(self, tenant: str) -> StandingGraph:
        standing = self._standing.setdefault(tenant, StandingGraph())
        self._standing.move_to_end(tenant)
        if len(self._standing) > self._tenants:
            self._standing.popitem(last=False)
        news = await self._store.read_stream(tenant, GRAPH_STREAM, after_version=standing.version)
        for record in news:
            # Another request may have folded the same events while we read them.
            if record.version == standing.version + 1:
                standing.follow(record)
        return standing
