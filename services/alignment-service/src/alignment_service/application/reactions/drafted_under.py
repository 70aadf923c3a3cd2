from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from helmlog_events.contracts.nodes import Node
from helmlog_events.contracts.okr import KeyResultAdded, ObjectiveDrafted
from helmlog_events.envelope import Append, SourcedEvent
from helmlog_events.ids import new_id
from helmlog_events.store.postgres.transaction import Transaction

from alignment_service.application.graphs import StagedGraphs
from alignment_service.application.reactions.common import lock_graph
from alignment_service.application.reactions.linking import Linking
from alignment_service.domain.links.decide import AddLink, LinkIfAllowed
from alignment_service.readmodel.drafts import Draft, draft_of, drafts_under

WEIGHT: Final = Decimal(1)


class DraftedUnderReaction:
    """What was drafted under an objective or a key result contributes to it.

    Child and parent come from different streams, in any order: each, when it comes, looks for the
    other. Of two in one batch both do, and the second finds the link.
    """

    name = "drafted-under"
    sources = frozenset({"okr"})
    types = frozenset(contract.event_type for contract in (ObjectiveDrafted, KeyResultAdded))

    def __init__(self, graphs: StagedGraphs) -> None:
        self._graphs = graphs

    async def react(self, tx: Transaction, event: SourcedEvent) -> Sequence[Append]:
        await lock_graph(tx)
        tenant = event.record.tenant
        match event.record.event:
            case ObjectiveDrafted() as drafted:
                itself = Node(type="objective", id=drafted.objective_id)
                found = await drafts_under(tx.sql, tenant, itself)
                if drafted.contributes_to is not None:
                    found += await draft_of(tx.sql, tenant, itself.id, drafted.contributes_to)
            case KeyResultAdded() as added:
                itself = Node(type="key_result", id=added.key_result_id)
                found = await drafts_under(tx.sql, tenant, itself)
            case other:
                raise TypeError(f"{other.event_type} is drafted under nothing")
        if not found:
            return []
        linking = Linking(await self._graphs.within(tx, tenant))
        for draft in found:
            linking.decide(LinkIfAllowed(_link(draft)), draft.stand_at)
        return linking.appends(event, self.name)


def _link(draft: Draft) -> AddLink:
    return AddLink(
        link_id=new_id(),
        kind="contributes",
        source=Node(type="objective", id=draft.objective_id),
        target=draft.parent,
        target_objective_id=draft.parent_objective_id,
        weight=WEIGHT,
        cycle_ids=draft.cycle_ids,
    )
