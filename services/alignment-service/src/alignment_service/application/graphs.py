from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, assert_never, cast
from uuid import UUID
from weakref import ReferenceType, ref

from helmlog_events.envelope import NewEvent, RecordedEvent
from helmlog_events.ids import stream_id
from helmlog_events.store.postgres.transaction import Transaction
from helmlog_events.store.protocol import EventStore

from alignment_service.domain.links.events import LinkAdded, LinkDeclined, LinkEvent, LinkRemoved
from alignment_service.domain.links.state import LinkGraph, evolve, initial_state

GRAPH_STREAM: Final = stream_id("graph", "links")
"""Every link of a tenant is an event of this one stream: what closes a loop meets its other half
as a version conflict, in whichever process it was decided."""
_TENANTS: Final = 256


@dataclass(slots=True)
class StandingGraph:
    """`since`: from when on each standing link holds; `newest` is the event at `version`."""

    version: int = 0
    newest: UUID | None = None
    graph: LinkGraph = field(default_factory=initial_state)
    since: dict[UUID, datetime] = field(default_factory=dict)

    def follow(self, step: RecordedEvent | NewEvent) -> None:
        """Takes the stream's next event in."""
        event = cast("LinkEvent", step.event)
        self.graph = evolve(self.graph, event)
        self.version += 1
        self.newest = step.event_id
        match event:
            case LinkAdded():
                self.since[event.link_id] = step.occurred_at
            case LinkRemoved():
                del self.since[event.link_id]
            case LinkDeclined():
                pass
            case _ as unreachable:
                assert_never(unreachable)


class LinkGraphs:
    """The link graph of each tenant, folded on from where it stood when last asked for.

    What is returned stays true only until the next `await`: other requests fold it on.
    """

    def __init__(self, store: EventStore, *, tenants: int = _TENANTS) -> None:
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


class StagedGraphs:
    """The link graph of each tenant as it stands within a transaction, with what is staged there.

    To be asked under `lock_graph`: one transaction at a time decides on the graph, and what it
    staged is in the log before the next one asks, unless it was rolled back.
    """

    def __init__(self, *, tenants: int = _TENANTS) -> None:
        self._tenants = tenants
        self._within: ReferenceType[Transaction] | None = None
        self._standing: OrderedDict[str, StandingGraph] = OrderedDict()
        self._checked: set[str] = set()

    async def within(self, tx: Transaction, tenant: str) -> StandingGraph:
        """What the caller decides on it is to be taken in by `follow`, and staged."""
        if self._within is None or self._within() is not tx:
            self._within, self._checked = ref(tx), set()
        standing = self._standing.get(tenant)
        if standing is None or not await self._stands(tx, tenant, standing):
            standing = self._standing[tenant] = StandingGraph()
        self._checked.add(tenant)
        self._standing.move_to_end(tenant)
        if len(self._standing) > self._tenants:
            self._standing.popitem(last=False)
        for record in await self._after(tx, tenant, standing.version):
            standing.follow(record)
        return standing

    async def _stands(self, tx: Transaction, tenant: str, standing: StandingGraph) -> bool:
        """Whether what was folded in earlier transactions has been committed."""
        if tenant in self._checked or standing.version == 0:
            return True
        last = await self._after(tx, tenant, standing.version - 1)
        return bool(last) and last[0].event_id == standing.newest

    async def _after(self, tx: Transaction, tenant: str, version: int) -> Sequence[RecordedEvent]:
        return await tx.read_stream(tenant, GRAPH_STREAM, after_version=version)
