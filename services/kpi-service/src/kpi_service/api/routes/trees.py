from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from helmlog_events import clock
from helmlog_web.reads import (
    DEFAULT_LIMIT,
    AsOfQuery,
    Cursor,
    Limit,
    Page,
    decode_cursor,
    encode_cursor,
)

from kpi_service.api.decided import moment_of
from kpi_service.api.dependencies import Reader, UsedServices, seen
from kpi_service.api.errors import by_route
from kpi_service.api.schemas import KPINodeResponse
from kpi_service.domain.kpi.tree import Node
from kpi_service.readmodel.judged import judge_current
from kpi_service.readmodel.listed import ListedKPI
from kpi_service.readmodel.moments import Moment

router = APIRouter(prefix="/v1/kpis/{kpi}/tree", tags=["KPIs"])


@router.get("", dependencies=[seen], responses=by_route.OF_KPI)
async def read_tree(
    kpi: str,
    principal: Reader,
    as_of: AsOfQuery,
    services: UsedServices,
    depth: Annotated[int | None, Query(ge=0, le=1_000, description="How far down.")] = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[KPINodeResponse]:
    """The KPI and all its parts, each before its own, those of one KPI by name."""
    kpi_id = await services.definitions.find(principal.tenant, kpi)
    moment = await moment_of(services, as_of, clock.now())
    await services.definitions.load(principal.tenant, kpi_id, up_to_seq=moment.up_to_seq)
    start = 0 if cursor is None else max(decode_cursor(cursor, int)[0], 0)
    found = await services.listing.tree(principal.tenant, kpi_id, moment, depth, start, limit + 1)
    return Page(
        items=[_node_response(node, listed, moment) for node, listed in found[:limit]],
        next_cursor=encode_cursor([start + limit]) if found[limit:] else None,
    )


def _node_response(node: Node, listed: ListedKPI, moment: Moment) -> KPINodeResponse:
    definition = listed.kpi.definition
    judged = judge_current(listed.kpi, listed.measurement, moment.at)
    return KPINodeResponse(
        id=node.kpi_id,
        slug=definition.slug,
        name=definition.name,
        parent_id=definition.parent_id,
        depth=node.depth,
        parts=node.parts,
        unit=definition.unit,
        direction=definition.direction,
        value=listed.measurement.value,
        observed_at=listed.measurement.observed_at,
        target=None if judged.target is None else judged.target.target,
        achievement=None if judged.achievement is None else judged.achievement.share,
        health=judged.health,
        is_retired=not listed.kpi.is_measured_at(moment.at),
    )
