from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID
from weakref import WeakKeyDictionary

from helmlog_events.contracts.alignment import LinkAdded, LinkRemoved, RollUpChanged
from helmlog_events.contracts.nodes import Node
from helmlog_events.contracts.okr import KeyResultUpdated
from helmlog_events.envelope import Append, NewEvent, SourcedEvent, StreamWrite, caused_by
from helmlog_events.store.postgres.transaction import Transaction

from alignment_service.application.reactions.common import lock_graph
from alignment_service.domain.roll_up import Inputs, recompute
from alignment_service.readmodel.ancestry import Ancestry, load_ancestry
from alignment_service.readmodel.roll_ups import RollUp, latest_roll_ups, roll_up_stream, values

Decided = dict[tuple[str, UUID], RollUp]


class RollUpReaction:
    """When a progress or a link changes, says which roll-ups above it changed with it.

    A key result that is only added is not measured, so it changes none.
    """

    name = "roll-up"
    sources = frozenset({"okr", "alignment"})
    types = frozenset(
        contract.event_type for contract in (KeyResultUpdated, LinkAdded, LinkRemoved)
    )

    def __init__(self) -> None:
        # What was decided earlier in the same transaction does not stand in the log yet.
        self._decided: WeakKeyDictionary[Transaction, Decided] = WeakKeyDictionary()

    async def react(self, tx: Transaction, event: SourcedEvent) -> Sequence[Append]:
        tenant = event.record.tenant
        start = _changed_node(event)
        await lock_graph(tx)
        above = await load_ancestry(tx.sql, tenant, [start])
        if _superseded(event, above, start):
            return []
        decided = self._decided.setdefault(tx, {})
        standing = await latest_roll_ups(tx.sql, tenant, above.mentioned)
        standing |= {node: found for (of, node), found in decided.items() if of == tenant}
        writes = []
        for node, value in recompute(above.inputs, values(standing), [start]).items():
            before = standing.get(node)
            facts = above.nodes[node]
            changed = RollUpChanged(
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
            new = NewEvent(changed, occurred_at)
            writes.append(StreamWrite(roll_up_stream(node), version, (new,)))
        return [Append(tenant, caused_by(event, self.name), tuple(writes))] if writes else []


def _changed_node(event: SourcedEvent) -> UUID:
    match event.record.event:
        case KeyResultUpdated() as changed:
            return changed.key_result_id
        case LinkAdded() | LinkRemoved() as changed:
            return changed.target.id
        case other:
            raise TypeError(f"{other.event_type} changes no roll-up")


def _rests_on(node: UUID, inputs: Inputs, standing: Mapping[UUID, RollUp]) -> Sequence[datetime]:
    """A roll-up is true no earlier than the one before it, nor than what it is made of."""
    resting = [node, *(part.child for part in inputs.parts)] if inputs.own is None else [node]
    return [found.occurred_at for each in resting if (found := standing.get(each)) is not None]


def _superseded(event: SourcedEvent, above: Ancestry, start: UUID) -> bool:
    """A value for an earlier time than the current one, or one with a later one in its batch.

    The read model has followed the whole batch already; the event that gave the value it shows is
    the one to name as the cause.
    """
    if event.record.type != KeyResultUpdated.event_type:
        return False
    facts = above.nodes.get(start)
    return facts is None or facts.measured_seq != event.record.seq
