"""What an objective contributes to: whether it is there, and who goes on for it elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never
from uuid import UUID

from helmlog_events.contracts.nodes import Node
from helmlog_events.envelope import StreamWrite

from okr_service.application.streams import Loaded, Streams, narrowed
from okr_service.domain.aggregates import KEY_RESULT, OBJECTIVE
from okr_service.domain.key_result.state import KeyResult, NoKeyResult
from okr_service.domain.objective.refusals import UnknownParent
from okr_service.domain.objective.state import NoObjective, Objective, ObjectiveFacts


async def load_parent(
    streams: Streams, tenant: str, node: Node
) -> Loaded[Objective] | Loaded[KeyResult]:
    """To be guarded by who contributes to it: a new node under one that exists closes no loop.

    Raises `UnknownParent`.
    """
    match node.type:
        case "objective":
            objective = await streams.load(OBJECTIVE, tenant, node.id)
            if not isinstance(objective.state, NoObjective):
                return narrowed(objective, objective.state)
        case "key_result":
            key_result = await streams.load(KEY_RESULT, tenant, node.id)
            if not isinstance(key_result.state, NoKeyResult):
                return narrowed(key_result, key_result.state)
        case _ as unreachable:
            assert_never(unreachable)
    raise UnknownParent(node.type, node.id)


async def successor_of(
    streams: Streams, tenant: str, facts: ObjectiveFacts, to_cycle_id: UUID
) -> tuple[Node | None, Sequence[StreamWrite]]:
    """What a copy of an objective contributes to, and the guards of what that rests on.

    A parent of another cycle (the year above the quarter) stays the parent. One of the objective's
    own cycle is followed by what it was carried over as; without that the copy has no parent.
    """
    node = facts.contributes_to
    if node is None:
        return None, ()
    parent = await load_parent(streams, tenant, node)
    if parent.state.facts.cycle_id != facts.cycle_id or to_cycle_id == facts.cycle_id:
        return node, (parent.guard,)
    holder = await _holder(streams, tenant, parent)
    successor = await _carried(streams, tenant, holder, to_cycle_id)
    guards = [parent.guard, holder.guard]
    if successor is None:
        return None, guards
    guards.append(successor.guard)
    if node.type == "objective":
        return Node(type="objective", id=successor.state.facts.objective_id), guards
    for key_result_id in successor.state.facts.key_result_ids:
        copy = await streams.load(KEY_RESULT, tenant, key_result_id)
        if isinstance(copy.state, KeyResult) and copy.state.facts.derived_from == node.id:
            return Node(type="key_result", id=key_result_id), [*guards, copy.guard]
    return None, guards


async def _holder(
    streams: Streams, tenant: str, parent: Loaded[Objective] | Loaded[KeyResult]
) -> Loaded[Objective]:
    """The objective itself, or the one a key result is under."""
    loaded = await streams.load(OBJECTIVE, tenant, parent.state.facts.objective_id)
    if isinstance(loaded.state, NoObjective):
        raise TypeError("a key result is added under an objective that exists")
    return narrowed(loaded, loaded.state)


async def _carried(
    streams: Streams, tenant: str, holder: Loaded[Objective], to_cycle_id: UUID
) -> Loaded[Objective] | None:
    carried_to = holder.state.facts.carried_to
    if carried_to is None:
        return None
    loaded = await streams.load(OBJECTIVE, tenant, carried_to)
    if isinstance(loaded.state, NoObjective) or loaded.state.facts.cycle_id != to_cycle_id:
        return None
    return narrowed(loaded, loaded.state)
