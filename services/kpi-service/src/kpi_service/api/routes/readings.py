from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from helmlog_events.values import Instant
from helmlog_web.reads import (
    DEFAULT_LIMIT,
    AsOfQuery,
    Cursor,
    Limit,
    Page,
    decode_cursor,
    encode_cursor,
)
from helmlog_web.streamed import streams_body
from starlette.responses import Response

from kpi_service.api.answers import LINES, answer
from kpi_service.api.dependencies import Reader, ReadingsCommand, UsedServices, up_to_seq
from kpi_service.api.errors import by_route
from kpi_service.api.examples import readings as examples
from kpi_service.api.schemas.readings import ReadingResponse, ReadingsResponse, reading_response
from kpi_service.domain.stretches import check_order
from kpi_service.readmodel.queries import ReadingsQuery

router = APIRouter(prefix="/v1", tags=["readings"])

_ROW = {
    "type": "object",
    "required": ["kpi", "observed_at", "value"],
    "properties": {
        "kpi": {"type": "string", "description": "Id or slug."},
        "observed_at": {"type": "string", "format": "date-time"},
        "value": {"anyOf": [{"type": "string"}, {"type": "number"}]},
        "source": {"type": "string", "maxLength": 200},
        "id": {"type": "string", "maxLength": 200},
    },
}
_BODIES: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {"type": "array", "items": _ROW},
                "example": examples.ARRAY,
            },
            "application/x-ndjson": {"schema": {"type": "string"}, "example": examples.LINES},
            "text/csv": {"schema": {"type": "string"}, "example": examples.CSV},
        },
    }
}


_ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "What became of the rows; as lines, if the client accepts those.",
        "content": {LINES: {"schema": {"type": "string"}, "example": examples.ANSWER_LINES}},
    },
}


@router.post(
    "/readings",
    response_model=ReadingsResponse,
    responses=_ANSWERS | by_route.RECORD,
    openapi_extra=_BODIES,
)
@streams_body
async def record_readings(
    request: Request, context: ReadingsCommand, services: UsedServices
) -> Response:
    """JSON array, NDJSON or CSV with a header, by content type; plain, or encoded as gzip or
    deflate. NDJSON and CSV are read as they come, and may be of any size.

    What is no reading is rejected row by row with its reason; the other rows stand. The same
    readings again have no effect, so that a request that failed can be sent again as it is. Up to
    5,000 rows are taken in at once, all of them or none; of more, what was taken in before a
    failure stays, and the answer says how much.
    """
    return await answer(request, context, services)


@router.get("/kpis/{kpi}/readings", responses=by_route.READINGS)
async def list_readings(
    kpi: str,
    principal: Reader,
    as_of: AsOfQuery,
    services: UsedServices,
    since: Annotated[Instant | None, Query(alias="from", description="Observed since.")] = None,
    before: Annotated[Instant | None, Query(alias="to", description="Observed earlier.")] = None,
    all_revisions: Annotated[bool, Query(description="Also what was corrected since.")] = False,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[ReadingResponse]:
    """In order of time; of each instant and source the latest value known at `known_at`."""
    check_order(since, before)
    known = await up_to_seq(services, as_of.known_at)
    loaded = await services.definitions.load_by_key(principal.tenant, kpi, up_to_seq=known)
    wanted = ReadingsQuery(
        since=since,
        until=as_of.valid_at,
        before=before,
        known_at=as_of.known_at,
        all_revisions=all_revisions,
        after=None if cursor is None else decode_cursor(cursor, datetime, str, int),
        limit=limit + 1,
    )
    found = await services.queries.list_readings(principal.tenant, loaded.kpi_id, wanted)
    items = [reading_response(row) for row in found[:limit]]
    last = items[-1] if found[limit:] else None
    return Page(
        items=items,
        next_cursor=None
        if last is None
        else encode_cursor([last.observed_at, last.source, last.revision]),
    )
