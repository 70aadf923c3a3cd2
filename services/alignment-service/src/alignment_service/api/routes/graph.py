from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from helmlog_web.problems import Problem, validation_problem
from helmlog_web.reads import min_seq

from alignment_service.api.dependencies import Reader, Service
from alignment_service.api.schemas import (
    AffectedResponse,
    GraphEdgeResponse,
    GraphNodeResponse,
    GraphResponse,
    ImpactResponse,
    PathStep,
)
from alignment_service.readmodel.graph import AffectedNode

router = APIRouter(prefix="/v1", tags=["graph"], dependencies=[Depends(min_seq)])

StartType = Literal["kpi", "key_result", "objective"]


@router.get("/cycles/{cycle_id}/graph")
async def read_graph(cycle_id: UUID, service: Service, principal: Reader) -> GraphResponse:
    """The cycle's objectives and key results, and the edges between them and to other cycles."""
    graph = await service.graph.graph(principal.tenant, cycle_id)
    if not graph.nodes and not await service.nodes.has_cycle(principal.tenant, cycle_id):
        raise Problem(404, "not-found", "Not Found", f"No cycle {cycle_id} is known.")
    return GraphResponse(
        cycle_id=cycle_id,
        nodes=[GraphNodeResponse(**asdict(node)) for node in graph.nodes],
        edges=[GraphEdgeResponse(**asdict(edge)) for edge in graph.edges],
    )


@router.get("/impact")
async def read_impact(
    service: Service,
    principal: Reader,
    kpi: Annotated[UUID | None, Query()] = None,
    key_result: Annotated[UUID | None, Query()] = None,
    objective: Annotated[UUID | None, Query()] = None,
) -> ImpactResponse:
    """What hangs on one KPI, key result or objective: up to which level, and by how much."""
    start = _start(kpi, key_result, objective)
    if start.type == "kpi":
        starts = await service.graph.key_results_on(principal.tenant, start.id)
    else:
        known = await service.nodes.find(principal.tenant, [start.id])
        if start.id not in known or known[start.id].type != start.type:
            title = f"No {start.type} {start.id} is known."
            raise Problem(404, "not-found", "Not Found", title)
        starts = [start.id]
    found = await service.graph.impact(principal.tenant, starts)
    types: dict[UUID, StartType] = {node.id: node.type for node in found}
    lead = [start] if start.type == "kpi" else []
    affected = [_affected(node, lead, types) for node in found if node.id != start.id]
    return ImpactResponse(start=start, affected=affected)


def _start(kpi: UUID | None, key_result: UUID | None, objective: UUID | None) -> PathStep:
    given: list[tuple[StartType, UUID | None]] = [
        ("kpi", kpi),
        ("key_result", key_result),
        ("objective", objective),
    ]
    starts = [PathStep(type=kind, id=node) for kind, node in given if node is not None]
    if len(starts) != 1:
        detail = "exactly one of kpi, key_result and objective is expected"
        raise validation_problem(
            [{"in": "query", "name": kind, "detail": detail} for kind, _ in given]
        )
    return starts[0]


def _affected(
    node: AffectedNode, lead: list[PathStep], types: dict[UUID, StartType]
) -> AffectedResponse:
    return AffectedResponse(
        type=node.type,
        id=node.id,
        cycle_id=node.cycle_id,
        title=node.title,
        level=node.level,
        roll_up=node.roll_up,
        effect=node.effect,
        path=[*lead, *(PathStep(type=types[step], id=step) for step in node.path)],
    )
