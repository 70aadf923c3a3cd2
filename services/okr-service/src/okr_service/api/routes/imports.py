from __future__ import annotations

import asyncio
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from helmlog_events.ids import new_id
from helmlog_web.commands import Outcome, check_if_match, execute
from helmlog_web.reads import Cursor, Limit, Page, decode_cursor, encode_cursor
from helmlog_web.tables import read_table

from okr_service.api.dependencies import Command, Reader, UsedServices, as_it_stands, seen
from okr_service.api.progress import Told, stream_progress, wants_progress
from okr_service.api.schemas.imports import (
    ImportResponse,
    ListedImportResponse,
    import_response,
    listed_import_response,
    listed_import_responses,
)
from okr_service.application.cycles import load_cycle
from okr_service.application.imports import ImportFile, OnError, digest_of
from okr_service.domain.cycle.guards import require_open
from okr_service.domain.imports.columns import ALL, COLUMNS
from okr_service.domain.imports.refusals import UnknownImport

router = APIRouter(prefix="/v1/imports", tags=["imports"])

_ROW = {
    "type": "object",
    "required": ["id", "kind", "title"],
    "properties": {name: {"type": ["string", "number", "null"]} for name in ALL},
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


@router.post("", response_model=ImportResponse, openapi_extra=_BODIES)
async def import_rows(
    request: Request,
    context: Command,
    services: UsedServices,
    cycle_id: Annotated[UUID, Query()],
    dry_run: Annotated[bool, Query(description="Say what would be done, and do nothing.")] = False,
    on_error: Annotated[
        OnError,
        Query(description="Whether a refused row refuses all rows, or is left out."),
    ] = "reject_all",
    mapping: Annotated[
        list[str],
        Query(alias="map", description="Headings to columns: `Objective:title,Owner:owner`."),
    ] = [],  # noqa: B006  # FastAPI copies a default
) -> Response:
    """Objectives and key results, with results and scores, as CSV or as a JSON array of objects.

    The column `id` names a thing for good: imported again, its row updates it. Rows stand in any
    order. All of it is one write, or none; by default a refused row leaves everything undone, and
    the answer counts nothing. `If-Match` is the cycle's version. With `Accept:
    application/x-ndjson` progress is told line by line, and the last line is the answer.
    """
    body = await request.body()
    table = await asyncio.to_thread(read_table, request, body, COLUMNS, mapping)
    cycle = await load_cycle(services.streams, context.tenant, cycle_id, as_it_stands(context))
    require_open(cycle.state)
    file = ImportFile(table, digest_of(body))
    import_id = new_id()

    async def run(tell: Told) -> Response:
        async def decide() -> Outcome:
            prepared = await services.imports.prepare(
                context.tenant,
                cycle_id,
                file,
                import_id=import_id,
                on_error=on_error,
                now=context.now,
                progress=tell,
            )
            check_if_match(context, prepared.cycle_version)
            writes = () if dry_run else prepared.writes
            recorded = import_id if writes else None
            answer = import_response(prepared.plan, cycle_id, recorded, dry_run=dry_run)
            tell("recording", table.rows)
            return Outcome(writes, 200, answer)

        return await execute(services.store, context, decide)

    if wants_progress(request):
        return stream_progress(request, table.rows, run)
    return await run(lambda _phase, _done: None)


@router.get("", dependencies=[seen])
async def list_imports(
    principal: Reader,
    services: UsedServices,
    cycle_id: Annotated[UUID, Query()],
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Page[ListedImportResponse]:
    """Newest first."""
    before = None if cursor is None else decode_cursor(cursor, int)[0]
    found = await services.import_queries.of_cycle(
        principal.tenant, cycle_id, before=before, limit=limit + 1
    )
    return Page(
        items=listed_import_responses(found[:limit]),
        next_cursor=encode_cursor([found[limit - 1].seq]) if len(found) > limit else None,
    )


@router.get("/{import_id}", dependencies=[seen])
async def read_import(
    import_id: UUID, principal: Reader, services: UsedServices
) -> ListedImportResponse:
    """What an import did."""
    found = await services.import_queries.find(principal.tenant, import_id)
    if found is None:
        raise UnknownImport(import_id)
    return listed_import_response(found)
