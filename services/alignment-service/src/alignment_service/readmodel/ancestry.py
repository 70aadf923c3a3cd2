"""A node and everything above it, with what each is made of: a handful of statements, always."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from helmlog_events.contracts.nodes import NodeType
from sqlalchemy import ARRAY, Select, Uuid, cast, func, select, union_all
from sqlalchemy.ext.asyncio import AsyncConnection

from alignment_service.domain.roll_up import Inputs, Part
from alignment_service.readmodel.tables import key_results, links, objectives


@dataclass(frozen=True, slots=True)
class NodeFacts:
    """`title` and `level` are none for what is only known through a key result of it so far.

    `measured_seq` is the event of okr's log that a key result's own progress comes from.
    """

    type: NodeType
    cycle_id: UUID
    title: str | None = None
    level: str | None = None
    measured_seq: int | None = None


@dataclass(frozen=True, slots=True)
class Ancestry:
    nodes: dict[UUID, NodeFacts]
    inputs: dict[UUID, Inputs]

    @property
    def mentioned(self) -> list[UUID]:
        """The nodes themselves and the parts that stand beside the way up."""
        parts = {part.child for inputs in self.inputs.values() for part in inputs.parts}
        return sorted(parts | self.inputs.keys())


async def load_ancestry(sql: AsyncConnection, tenant: str, starts: Sequence[UUID]) -> Ancestry:
    """The starts that exist, and every node they count towards."""
    reached = list(await sql.scalars(_reached(tenant, starts)))
    nodes: dict[UUID, NodeFacts] = {}
    parts: dict[UUID, list[Part]] = {}
    own: dict[UUID, Decimal | None] = {}
    for row in await sql.execute(
        select(key_results)
        .where(
            key_results.c.tenant == tenant,
            key_results.c.objective_id.in_(reached) | key_results.c.key_result_id.in_(reached),
        )
        .order_by(key_results.c.key_result_id)
    ):
        parts.setdefault(row.objective_id, []).append(Part(row.key_result_id, row.weight))
        own[row.key_result_id] = row.progress
        nodes[row.key_result_id] = NodeFacts(
            "key_result", row.cycle_id, row.title, measured_seq=row.measured_seq
        )
        nodes.setdefault(row.objective_id, NodeFacts("objective", row.cycle_id))
    for row in await sql.execute(
        select(objectives).where(
            objectives.c.tenant == tenant, objectives.c.objective_id.in_(reached)
        )
    ):
        nodes[row.objective_id] = NodeFacts("objective", row.cycle_id, row.title, row.level)
    for row in await sql.execute(
        select(links)
        .where(
            links.c.tenant == tenant,
            links.c.kind == "contributes",
            links.c.target_id.in_(reached),
        )
        .order_by(links.c.link_id)
    ):
        parts.setdefault(row.target_id, []).append(Part(row.source_id, row.weight))
    known = [node for node in reached if node in nodes]
    return Ancestry(
        {node: nodes[node] for node in known},
        {node: Inputs(own.get(node), tuple(parts.get(node, ()))) for node in known},
    )


def _reached(tenant: str, starts: Sequence[UUID]) -> Select[UUID]:
    upwards = union_all(
        select(links.c.source_id.label("child"), links.c.target_id.label("parent")).where(
            links.c.tenant == tenant, links.c.kind == "contributes"
        ),
        select(key_results.c.key_result_id, key_results.c.objective_id).where(
            key_results.c.tenant == tenant
        ),
    ).subquery("upwards")
    first = select(func.unnest(cast(list(starts), ARRAY(Uuid))).label("id"))
    reached = first.cte("reached", recursive=True)
    reached = reached.union(select(upwards.c.parent).where(upwards.c.child == reached.c.id))
    return select(reached.c.id)
