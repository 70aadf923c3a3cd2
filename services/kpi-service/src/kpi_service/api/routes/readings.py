from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, cast

from fastapi import APIRouter, Query, Request
from helmlog_events.store.postgres.transaction import Transaction
from helmlog_events.store.protocol import EventStore
from helmlog_events.values import Instant
from helmlog_web.commands import CommandContext, Outcome, execute
from helmlog_web.headers import IDEMPOTENCY_REPLAYED
from helmlog_web.problems import Problem
from helmlog_web.reads import (
    DEFAULT_LIMIT,
    AsOfQuery,
    Cursor,
    Limit,
    Page,
    decode_cursor,
    encode_cursor,
)
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from kpi_service.api.dependencies import Reader, ReadingsCommand, UsedServices
from kpi_service.api.schemas import ReadingResponse, ReadingsResponse, RejectedRow
from kpi_service.application.formats import READERS
from kpi_service.application.ingestion import Ingested
from kpi_service.application.recording import InTransaction, PreparedBatch
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
            "application/json": {"schema": {"type": "array", "items": _ROW}},
            "application/x-ndjson": {"schema": {"type": "string"}},
            "text/csv": {"schema": {"type": "string"}},
        },
    }
}


class _Undone(Exception):
    """The request was answered before: what this one wrote is taken back."""

    def __init__(self, response: Response) -> None:
        super().__init__()
        self.response = response


@router.post("/readings", response_model=ReadingsResponse, openapi_extra=_BODIES)
async def record_readings(
    request: Request, context: ReadingsCommand, services: UsedServices
) -> Response:
    """JSON array, NDJSON or CSV with a header, by content type.

    What is no reading is rejected row by row with its reason; the other rows stand, all of them or
    none. The same readings again have no effect.
    """
    content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    read = READERS.get(content_type)
    if read is None:
        raise Problem(
            415,
            "unsupported-media-type",
            "Readings come as JSON, NDJSON or CSV",
            f"Content-Type is one of {', '.join(READERS)}.",
        )
    raw_rows = await run_in_threadpool(read, await request.body())
    batch = await services.recording.prepare(raw_rows, context.now, context.key_of or "token")
    try:
        async with services.store.transaction() as tx:
            return _kept(await _record(batch, tx, context))
    except _Undone as undone:
        return undone.response


@router.get("/kpis/{kpi}/readings")
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
    kpi_id = await services.definitions.find(principal.tenant, kpi)
    await services.definitions.load(principal.tenant, kpi_id)
    wanted = ReadingsQuery(
        since=since,
        until=as_of.valid_at,
        before=before,
        known_at=as_of.known_at,
        all_revisions=all_revisions,
        after=None if cursor is None else decode_cursor(cursor, datetime, str, int),
        limit=limit + 1,
    )
    found = await services.queries.list_readings(principal.tenant, kpi_id, wanted)
    items = [_reading_response(row) for row in found[:limit]]
    last = items[-1] if found[limit:] else None
    return Page(
        items=items,
        next_cursor=None
        if last is None
        else encode_cursor([last.observed_at, last.source, last.revision]),
    )


async def _record(batch: PreparedBatch, tx: Transaction, context: CommandContext) -> Response:
    async def decide() -> Outcome:
        result = await batch.take(tx, context.tenant)
        return Outcome(result.writes, 200, _readings_response(result))

    # Of a store, execute needs no more than that.
    return await execute(cast("EventStore", InTransaction(tx)), context, decide)


def _kept(response: Response) -> Response:
    if IDEMPOTENCY_REPLAYED in response.headers:
        raise _Undone(response)
    return response


def _readings_response(result: Ingested) -> ReadingsResponse:
    return ReadingsResponse(
        accepted=result.accepted,
        duplicates=result.duplicates,
        corrected=result.corrected,
        rejected=[RejectedRow(row=one.place, reason=one.reason) for one in result.rejected],
    )


def _reading_response(row: Any) -> ReadingResponse:
    return ReadingResponse(
        observed_at=row.observed_at,
        value=row.value,
        source=row.source,
        revision=row.revision,
        received_at=row.received_at,
        id=row.external_id,
    )
