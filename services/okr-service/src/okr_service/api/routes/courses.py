from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response
from helmlog_events.values import Instant
from helmlog_web.reads import (
    AsOfQuery,
    Cursor,
    Limit,
    decode_cursor,
    encode_cursor,
    etag,
)

from okr_service.api.dependencies import Reader, UsedCut, UsedServices, seen
from okr_service.api.schemas.explanations import ExplanationResponse, explained_responses
from okr_service.api.schemas.lines import (
    LINE_EVENTS,
    LinesResponse,
    line_responses,
    update_response,
)
from okr_service.application.explanations import explain_key_result
from okr_service.application.key_results import load_key_result
from okr_service.domain.key_result.refusals import StretchEmpty
from okr_service.readmodel.key_results import Span

router = APIRouter(prefix="/v1/key-results/{key_result_id}", tags=["key results"])


@router.get("/lines", dependencies=[seen])
async def read_lines(
    key_result_id: UUID,
    principal: Reader,
    cut: UsedCut,
    services: UsedServices,
    since: Annotated[
        Instant | None, Query(alias="from", description="The first moment of updates to show.")
    ] = None,
    until: Annotated[
        Instant | None, Query(alias="to", description="The first moment not to show any more.")
    ] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> LinesResponse:
    """What it was measured by, and what it came to, in the order this was true."""
    if since is not None and until is not None and until < since:
        raise StretchEmpty(since, until)
    tenant, queries = principal.tenant, services.key_result_queries
    after = None if cursor is None else decode_cursor(cursor, datetime, int)
    await load_key_result(services.streams, tenant, key_result_id, cut)
    lines = await queries.list_entries(tenant, key_result_id, LINE_EVENTS, cut)
    found = await queries.list_updates(
        tenant,
        key_result_id,
        cut,
        Span(since, until),
        after=None if after is None else (after[0], after[1]),
        limit=limit + 1,
    )
    items = [update_response(record) for record in found[:limit]]
    more = len(found) > limit
    return LinesResponse(
        lines=line_responses(lines),
        items=items,
        next_cursor=encode_cursor([items[-1].valid_from, items[-1].version]) if more else None,
    )


@router.get("/explain")
async def explain(
    key_result_id: UUID,
    principal: Reader,
    as_of: AsOfQuery,
    cut: UsedCut,
    services: UsedServices,
    response: Response,
) -> ExplanationResponse:
    """For each shown value the rule by name, the formula with its numbers, and its events."""
    version, explained = await explain_key_result(
        services.streams, services.kpi_history, principal.tenant, key_result_id, cut
    )
    response.headers["ETag"] = etag(version)
    return ExplanationResponse(
        id=key_result_id,
        version=version,
        valid_at=as_of.valid_at,
        known_at=as_of.known_at,
        values=explained_responses(explained),
    )
