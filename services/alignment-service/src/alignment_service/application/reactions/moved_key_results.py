from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from helmlog_events.contracts.alignment import LinkAdded
from helmlog_events.contracts.okr import KeyResultMoved
from helmlog_events.envelope import Append, SourcedEvent
from helmlog_events.ids import new_id
from helmlog_events.store.postgres.transaction import Transaction

from alignment_service.application.graphs import StagedGraphs, StandingGraph
from alignment_service.application.reactions.common import lock_graph
from alignment_service.application.reactions.linking import Linking
from alignment_service.domain.links.decide import AddLink, LinkIfAllowed, RemoveLink
from alignment_service.readmodel.places import Place, place_of

MOVED: Final = "its key result was moved to another objective"


class MovedKeyResultReaction:
    """The links to a key result that was moved lead to its new objective, or fall.

    Nobody who moves it knows what the links would then lead round to, so one that would close a
    loop there falls, and that is said. A link made while the move was on its way here was asked
    about at the old objective; it is looked at when it is heard.
    """

    name = "moved-key-result"
    sources = frozenset({"okr", "alignment"})
    types = frozenset(contract.event_type for contract in (KeyResultMoved, LinkAdded))

    def __init__(self, graphs: StagedGraphs) -> None:
        self._graphs = graphs

    async def react(self, tx: Transaction, event: SourcedEvent) -> Sequence[Append]:
        key_result_id = _key_result(event)
        if key_result_id is None:
            return []
        await lock_graph(tx)
        tenant = event.record.tenant
        place = await place_of(tx.sql, tenant, key_result_id)
        if place is None:
            return []
        standing = await self._graphs.within(tx, tenant)
        astray = _astray(standing, key_result_id, place)
        at = [max(place.since, standing.since[link.link_id]) for link in astray]
        linking = Linking(standing)
        # All of them fall before any is made anew: a way through one about to fall closes no loop.
        for link, moment in zip(astray, at, strict=True):
            linking.decide(RemoveLink(link.link_id, MOVED), moment)
        for link, moment in zip(astray, at, strict=True):
            linking.decide(LinkIfAllowed(_anew(link, place)), moment)
        return linking.appends(event, self.name)


def _key_result(event: SourcedEvent) -> UUID | None:
    match event.record.event:
        case KeyResultMoved() as moved:
            return moved.key_result_id
        case LinkAdded() as added:
            return added.target.id if added.target.type == "key_result" else None
        case other:
            raise TypeError(f"{other.event_type} moves no key result")


def _astray(standing: StandingGraph, key_result_id: UUID, place: Place) -> Sequence[LinkAdded]:
    graph = standing.graph
    links = [graph.links[link_id] for link_id in graph.at_key_result.get(key_result_id, ())]
    return [link for link in links if link.target_objective_id != place.objective_id]


def _anew(link: LinkAdded, place: Place) -> AddLink:
    return AddLink(
        link_id=new_id(),
        kind=link.kind,
        source=link.source,
        target=link.target,
        target_objective_id=place.objective_id,
        weight=link.weight,
        cycle_ids=link.cycle_ids,
    )
