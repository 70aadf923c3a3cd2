"""The graph of a cycle, and what hangs on a node."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from helmlog_events.contracts.nodes import NodeType
from sqlalchemy import Row, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from alignment_service.domain.impact import impact
from alignment_service.readmodel.ancestry import load_ancestry
from alignment_service.readmodel.roll_ups import latest_roll_ups, values
from alignment_service.readmodel.tables import key_results, links, objectives, risks


@dataclass(frozen=True, slots=True)
class GraphNode:
    """`weight` is what a key result counts with in its objective; `status` is a key result's.

    `at_risk`: a breach of a KPI that it hangs on stands as a risk; how far it has come is another
    question, which `status` answers.
    """

    type: NodeType
    id: UUID
    cycle_id: UUID
    title: str
    roll_up: Decimal | None
    at_risk: bool
    level: str | None = None
    team: str | None = None
    owner: str | None = None
    objective_id: UUID | None = None
    weight: Decimal | None = None
    kpi_id: UUID | None = None
    progress: Decimal | None = None
    status: str | None = None


@dataclass(frozen=True, slots=True)
class GraphEdge:
    """`belongs_to` leads from a key result to its objective and has no link behind it."""

    kind: Literal["contributes", "supports", "belongs_to"]
    source: UUID
    target: UUID
    weight: Decimal
    link_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Graph:
    nodes: tuple[GraphNode, ...]
    edges: tuple[GraphEdge, ...]


@dataclass(frozen=True, slots=True)
class AffectedNode:
    type: NodeType
    id: UUID
    cycle_id: UUID
    title: str | None
    level: str | None
    roll_up: Decimal | None
    effect: Decimal
    path: tuple[UUID, ...]


class GraphQueries:
    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def graph(self, tenant: str, cycle_id: UUID) -> Graph:
        """The cycle's nodes, the links they have, and the other ends of these."""
        async with self._engine.connect() as sql:
            of_cycle = select(objectives.c.objective_id).where(
                objectives.c.tenant == tenant, objectives.c.cycle_id == cycle_id
            )
            parts_of_cycle = select(key_results.c.key_result_id).where(
                key_results.c.tenant == tenant, key_results.c.cycle_id == cycle_id
            )
            joined = (
                await sql.execute(
                    select(links)
                    .where(
                        links.c.tenant == tenant,
                        or_(
                            links.c.source_id.in_(of_cycle),
                            links.c.target_id.in_(of_cycle),
                            links.c.target_id.in_(parts_of_cycle),
                        ),
                    )
                    .order_by(links.c.link_id)
                )
            ).all()
            ends = {end for link in joined for end in (link.source_id, link.target_id)}
            found_key_results = (
                await sql.execute(
                    select(key_results)
                    .where(
                        key_results.c.tenant == tenant,
                        or_(
                            key_results.c.cycle_id == cycle_id,
                            key_results.c.key_result_id.in_(ends),
                        ),
                    )
                    .order_by(key_results.c.key_result_id)
                )
            ).all()
            ends |= {row.objective_id for row in found_key_results}
            found_objectives = (
                await sql.execute(
                    select(objectives)
                    .where(
                        objectives.c.tenant == tenant,
                        or_(objectives.c.cycle_id == cycle_id, objectives.c.objective_id.in_(ends)),
                    )
                    .order_by(objectives.c.objective_id)
                )
            ).all()
            nodes = await _nodes(sql, tenant, found_objectives, found_key_results)
        edges = [_link_edge(link) for link in joined]
        edges += [_belonging(row) for row in found_key_results]
        return Graph(tuple(nodes), tuple(edges))

    async def impact(self, tenant: str, starts: Sequence[UUID]) -> list[AffectedNode]:
        """What hangs on `starts`, the nearest first; a start hangs wholly on itself."""
        async with self._engine.connect() as sql:
            above = await load_ancestry(sql, tenant, starts)
            standing = values(await latest_roll_ups(sql, tenant, above.mentioned))
        return [
            AffectedNode(
                type=above.nodes[found.node].type,
                id=found.node,
                cycle_id=above.nodes[found.node].cycle_id,
                title=above.nodes[found.node].title,
                level=above.nodes[found.node].level,
                roll_up=standing.get(found.node),
                effect=found.effect,
                path=found.path,
            )
            for found in impact(above.inputs, standing, starts)
        ]

    async def key_results_on(self, tenant: str, kpi_id: UUID) -> list[UUID]:
        """The key results bound to a KPI."""
        statement = (
            select(key_results.c.key_result_id)
            .where(key_results.c.tenant == tenant, key_results.c.kpi_id == kpi_id)
            .order_by(key_results.c.key_result_id)
        )
        async with self._engine.connect() as sql:
            return list(await sql.scalars(statement))

    async def parts(self, tenant: str, node: UUID) -> list[tuple[UUID, Decimal, Decimal | None]]:
        """What counts towards a node: child, weight, the child's roll-up."""
        async with self._engine.connect() as sql:
            above = await load_ancestry(sql, tenant, [node])
            inputs = above.inputs.get(node)
            parts = inputs.parts if inputs is not None and inputs.own is None else ()
            standing = values(await latest_roll_ups(sql, tenant, [part.child for part in parts]))
        return [(part.child, part.weight, standing.get(part.child)) for part in parts]


async def _nodes(
    sql: AsyncConnection,
    tenant: str,
    found_objectives: Sequence[Row[Any]],
    found_key_results: Sequence[Row[Any]],
) -> list[GraphNode]:
    ids = [row.objective_id for row in found_objectives]
    ids += [row.key_result_id for row in found_key_results]
    standing = values(await latest_roll_ups(sql, tenant, ids))
    threats = await sql.execute(
        select(risks.c.objective_id, risks.c.kpi_id).where(
            risks.c.tenant == tenant,
            risks.c.objective_id.in_(ids),
            risks.c.cleared.is_(False),
        )
    )
    # A risk names one key result, though several of the objective may hang on the same KPI.
    threatening = {(row.objective_id, row.kpi_id) for row in threats}
    threatened = {objective for objective, _ in threatening}
    nodes = [
        GraphNode(
            type="objective",
            id=row.objective_id,
            cycle_id=row.cycle_id,
            title=row.title,
            roll_up=standing.get(row.objective_id),
            at_risk=row.objective_id in threatened,
            level=row.level,
            team=row.team,
            owner=row.owner,
        )
        for row in found_objectives
    ]
    nodes += [
        GraphNode(
            type="key_result",
            id=row.key_result_id,
            cycle_id=row.cycle_id,
            title=row.title,
            roll_up=standing.get(row.key_result_id),
            at_risk=(row.objective_id, row.kpi_id) in threatening,
            objective_id=row.objective_id,
            weight=row.weight,
            kpi_id=row.kpi_id,
            progress=row.progress,
            status=row.status,
        )
        for row in found_key_results
    ]
    return nodes


def _link_edge(link: Row[Any]) -> GraphEdge:
    return GraphEdge(link.kind, link.source_id, link.target_id, link.weight, link.link_id)


def _belonging(row: Row[Any]) -> GraphEdge:
    return GraphEdge("belongs_to", row.key_result_id, row.objective_id, row.weight)
