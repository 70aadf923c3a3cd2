from __future__ import annotations

import asyncio
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from helmlog_events.values import Instant
from helmlog_web.commands import Outcome, execute
from helmlog_web.reads import (
    DEFAULT_LIMIT,
    Cursor,
    Limit,
    Page,
    decode_cursor,
    encode_cursor,
)
from helmlog_web.tables import read_table

from kpi_service.api.dependencies import DefinitionCommand, Reader, UsedServices, seen
from kpi_service.api.errors import by_route
from kpi_service.api.schemas.imports import (
    ImportResponse,
    ListedImportResponse,
    import_response,
    listed_import_response,
)
from kpi_service.application.imports import Imports
from kpi_service.domain.imports.plan import Defaults
from kpi_service.domain.imports.refusals import UnknownImport
from kpi_service.domain.imports.rows import COLUMNS

router = APIRouter(prefix="/v1/imports", tags=["imports"])

_ROW = {
    "type": "object",
    "required": list(COLUMNS.required),
    "properties": {name: {"type": ["string", "number", "null"]} for name in COLUMNS.known},
}
_BODIES: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "text/csv": {"schema": {"type": "string"}},
            "application/json": {"schema": {"type": "array", "items": _ROW}},
        },
    }
}


@router.post("", response_model=ImportResponse, openapi_extra=_BODIES, responses=by_route.IMPORT)
async def import_kpis(
    request: Request,
    context: DefinitionCommand,
    services: UsedServices,
    dry_run: Annotated[bool, Query(description="Say what would be done, and do nothing.")] = False,
    mapping: Annotated[
        list[str], Query(alias="map", description="Headings to columns: `KPI:name,Team:org`.")
    ] = [],  # noqa: B006  # FastAPI copies a default
    cadence: Annotated[
        str, Query(max_length=40, description="Of KPIs whose row does not tell it.")
    ] = "P1M",
    timezone: Annotated[str, Query(max_length=100)] = "UTC",
    effective_from: Annotated[
        Instant | None, Query(description="From when the targets hold; from now on if left out.")
    ] = None,
) -> Response:
    """KPIs with their targets as people write them ("at or below 50 days"), as CSV or JSON.

    Each row is answered with what was understood of its target, and what was not; a phrase that can
    be meant in two ways sets no target. A KPI is known by its slug, which is made of its name where
    no column gives it: imported again, only what the row tells differently is revised. Rows that
    are refused keep no other out.
    """
    body = await request.body()
    table = await asyncio.to_thread(read_table, request, body, COLUMNS, mapping)
    defaults = Defaults(cadence, timezone, effective_from or context.now, context.now)

    async def decide() -> Outcome:
        plan = await Imports(services.store).plan(context.tenant, body, table, defaults)
        answer = import_response(plan, table.header.ignored, dry_run=dry_run)
        return Outcome(() if dry_run else plan.writes, 200, answer)

    return await execute(services.store, context, decide)


@router.get("", dependencies=[seen])
async def list_imports(
    principal: Reader, services: UsedServices, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> Page[ListedImportResponse]:
    """Newest first."""
    before = None if cursor is None else decode_cursor(cursor, int)[0]
    found = await services.imports.list(principal.tenant, before=before, limit=limit + 1)
    return Page(
        items=[listed_import_response(one) for one in found[:limit]],
        next_cursor=encode_cursor([found[limit - 1].seq]) if found[limit:] else None,
    )


@router.get("/{import_id}", dependencies=[seen], responses=by_route.OF_IMPORT)
async def read_import(
    import_id: UUID, principal: Reader, services: UsedServices
) -> ListedImportResponse:
    """What an import did."""
    found = await services.imports.find(principal.tenant, import_id)
    if found is None:
        raise UnknownImport(import_id)
    return listed_import_response(found)
