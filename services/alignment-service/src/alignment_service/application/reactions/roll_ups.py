from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID
from weakref import WeakKeyDictionary

from helmlog_events.contracts.alignment import LinkAdded, LinkRemoved, RollUpChanged
from helmlog_events.contracts.nodes import Node
from helmlog_events.contracts.okr import (
    KeyResultCancelled,
    KeyResultMoved,
    KeyResultRevised,
    KeyResultUpdated,
)
from helmlog_events.envelope import Append, NewEvent, SourcedEvent, StreamWrite, caused_by
from helmlog_events.store.postgres.transaction import Transaction

from alignment_service.application.reactions.common import lock_graph
from alignment_service.domain.roll_up import Inputs, recompute
from alignment_service.readmodel.ancestry import Ancestry, load_ancestry
from alignment_service.readmodel.roll_ups import RollUp, latest_roll_ups, roll_up_stream, values

Decided = dict[tuple[str, UUID], RollUp]


class RollUpReaction:
    """When what a roll-up is made of changes, says which roll-ups above it changed with it.

    A key result that is only added is not measured, so it changes none.
    """

    name = "roll-up"
    sources = frozenset({"okr", "alignment"})
    types = frozenset(
        contract.event_type
        for contract in (
            KeyResultUpdated,
            KeyResultRevised,
            KeyResultMoved,
            KeyResultCancelled,
            LinkAdded,
            LinkRemoved,
        )
    )

    def __init__(self) -> None:
        # What was decided earlier in the same transaction does not stand in the log yet.
        self._decided: WeakKeyDictionary[Transaction, Decided] = WeakKeyDictionary()

    async def react(self, tx: Transaction, event: SourcedEvent) -> Sequence[Append]:
        tenant = event.record.tenant
        touched = _touched(event)
        if not touched:
            return []
        await lock_graph(tx)
        if not await self._measured(tx, event):
            return []
        above = await load_ancestry(tx.sql, tenant, touched)
        changed = _changed(event, above)
        if not changed:
            return []
        decided = self._decided.setdefault(tx, {})
        standing = await latest_roll_ups(tx.sql, tenant, above.mentioned)
        standing |= {node: found for (of, node), found in decided.items() if of == tenant}
        writes = []
        for node, value in recompute(above.inputs, values(standing), changed).items():
            before = standing.get(node)
            facts = above.nodes[node]
            news = RollUpChanged(
                node=Node(type=facts.type, id=node),
                cycle_id=facts.cycle_id,
                roll_up=value,
                previous=None if before is None else before.value,
                cause=event.reference,
            )
            version = 0 if before is None else before.version
            occurred_at = max(
                [event.record.occurred_at, *_rests_on(node, above.inputs[node], standing)]
            )
            standing[node] = RollUp(version + 1, value, occurred_at)
            decided[tenant, node] = standing[node]
            new = NewEvent(news, occurred_at)
            writes.append(StreamWrite(roll_up_stream(node), version, (new,)))
        return [Append(tenant, caused_by(event, self.name), tuple(writes))] if writes else []

    async def _measured(self, tx: Transaction, event: SourcedEvent) -> bool:
        """A link from what is not measured changes nothing: an import makes hundreds of them."""
        link = event.record.event
        if not isinstance(link, LinkAdded | LinkRemoved):
            return True
        tenant, source = event.record.tenant, link.source.id
        found = self._decided.get(tx, {}).get((tenant, source))
        if found is None:
            found = (await latest_roll_ups(tx.sql, tenant, [source])).get(source)
        return found is not None and found.value is not None


def _touched(event: SourcedEvent) -> Sequence[UUID]:
    """The nodes that an event says something of."""
    match event.record.event:
        case KeyResultUpdated() as said:
            return [said.key_result_id]
        case KeyResultRevised() as said if said.before.weight == said.after.weight:
            return []
        case KeyResultRevised() | KeyResultCancelled() as said:
            return [said.key_result_id, said.objective_id]
        case KeyResultMoved() as said:
            return [said.key_result_id, said.from_objective_id, said.objective_id]
        case LinkAdded() | LinkRemoved() as said:
            return [said.target.id]
        case other:
            raise TypeError(f"{other.event_type} changes no roll-up")


def _changed(event: SourcedEvent, above: Ancestry) -> Sequence[UUID]:
    """The nodes that are made of something else now, and know it by this event.

    A value for an earlier time than the current one, or anything with a later one of its kind in
    its batch, changes none: the read model has followed the whole batch already, and the event
    that gave what it shows is the one to name as the cause.
    """
    seq = event.record.seq
    match event.record.event:
        case KeyResultUpdated() as said:
            facts = above.nodes.get(said.key_result_id)
            newest = facts is not None and facts.measured_seq == seq
            return [said.key_result_id] if newest else []
        case KeyResultRevised() | KeyResultCancelled() | KeyResultMoved() as said:
            facts = above.nodes.get(said.key_result_id)
            newest = facts is not None and facts.counted_seq == seq
            changed = [said.objective_id] if newest else []
            # What it left is left, wherever it went afterwards.
            return (
                [said.from_objective_id, *changed] if isinstance(said, KeyResultMoved) else changed
            )
        case _:
            return _touched(event)


def _rests_on(node: UUID, inputs: Inputs, standing: Mapping[UUID, RollUp]) -> Sequence[datetime]:
    """A roll-up is true no earlier than the one before it, nor than what it is made of."""
    resting = [node, *(part.child for part in inputs.parts)] if inputs.own is None else [node]
    return [found.occurred_at for each in resting if (found := standing.get(each)) is not None]
