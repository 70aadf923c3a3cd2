from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from helmlog_web.reads import (
    DEFAULT_LIMIT,
    Cursor,
    Limit,
    Page,
    decode_cursor,
    encode_cursor,
)

from kpi_service.api.dependencies import Reader, UsedMoment, UsedServices, seen
from kpi_service.api.errors import by_route
from kpi_service.api.schemas.trees import KPINodeResponse, node_response

router = APIRouter(prefix="/v1/kpis/{kpi}/tree", tags=["KPIs"])


@router.get("", dependencies=[seen], responses=by_route.OF_KPI)
async def read_tree(
    kpi: str,
    principal: Reader,
    moment: UsedMoment,
    services: UsedServices,
    depth: Annotated[int | None, Query(ge=0, le=1_000, description="How far down.")] = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[KPINodeResponse]:
    """The KPI and all its parts, each before its own, those of one KPI by name."""
    root = await services.definitions.load_by_key(principal.tenant, kpi, up_to_seq=moment.up_to_seq)
    start = 0 if cursor is None else max(decode_cursor(cursor, int)[0], 0)
    found = await services.listing.tree(
        principal.tenant, root.kpi_id, moment, depth, start, limit + 1
    )
    return Page(
        items=[node_response(node, listed, moment) for node, listed in found[:limit]],
        next_cursor=encode_cursor([start + limit]) if found[limit:] else None,
    )
