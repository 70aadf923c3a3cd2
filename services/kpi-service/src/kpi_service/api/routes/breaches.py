from __future__ import annotations

from datetime import datetime
from uuid import UUID

from fastapi import APIRouter
from helmlog_web.reads import (
    DEFAULT_LIMIT,
    AsOfQuery,
    Cursor,
    Limit,
    Page,
    decode_cursor,
    encode_cursor,
)

from kpi_service.api.dependencies import Reader, UsedServices, seen
from kpi_service.api.schemas import BreachResponse
from kpi_service.api.views import breach_response

router = APIRouter(prefix="/v1/kpis/{kpi}/breaches", tags=["breaches"])


@router.get("", dependencies=[seen])
async def list_breaches(
    kpi: str,
    principal: Reader,
    as_of: AsOfQuery,
    services: UsedServices,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[BreachResponse]:
    """In the order of their opening, as they were at `valid_at` and known at `known_at`."""
    kpi_id = await services.definitions.find(principal.tenant, kpi)
    await services.definitions.load(principal.tenant, kpi_id)
    found = await services.queries.list_breaches(
        principal.tenant,
        kpi_id,
        as_of.valid_at,
        as_of.known_at,
        after=None if cursor is None else decode_cursor(cursor, datetime, UUID),
        limit=limit + 1,
    )
    return Page(
        items=[breach_response(one) for one in found[:limit]],
        next_cursor=encode_cursor(list(found[limit - 1].place)) if found[limit:] else None,
    )
