from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from fastapi import APIRouter, Depends, Response
from helmlog_events import clock
from helmlog_events.canonical import canonical_json
from helmlog_events.envelope import SourcedEvent
from helmlog_web.problems import Problem
from helmlog_web.reads import (
    AsOfQuery,
    Cursor,
    Limit,
    Page,
    decode_cursor,
    encode_cursor,
    min_seq,
)

from audit_service.api.dependencies import Reader, Service
from audit_service.api.schemas import HistoryItem
from audit_service.application.reports import report_cycle
from audit_service.readmodel.history import BEGINNING, Place

router = APIRouter(prefix="/v1/cycles", tags=["cycles"], dependencies=[Depends(min_seq)])


@router.get("/{cycle_id}/history")
async def read_history(
    cycle_id: UUID, service: Service, principal: Reader, cursor: Cursor = None, limit: Limit = 100
) -> Page[HistoryItem]:
    """Every event that concerns the cycle, of all services, in the order it was recorded."""
    after = BEGINNING
    if cursor is not None:
        after = Place(*decode_cursor(cursor, datetime, str, int))
    events = await service.history.page(principal.tenant, cycle_id, after, limit + 1)
    if not events and not await service.history.knows(principal.tenant, cycle_id):
        raise _unknown(cycle_id)
    more = len(events) > limit
    return Page(
        items=[_item(event) for event in events[:limit]],
        next_cursor=_cursor(events[limit - 1]) if more else None,
    )


@router.get(
    "/{cycle_id}/report",
    response_class=Response,
    responses={200: {"content": {"application/json": {"schema": {"type": "object"}}}}},
)
async def read_report(
    cycle_id: UUID, service: Service, principal: Reader, as_of: AsOfQuery
) -> Response:
    """The cycle as it was true at `valid_at` by what had been recorded at `known_at`.

    The same two moments give the same bytes, once the journal has all that was recorded by then;
    `digest` is SHA-256 over the canonical JSON of the rest.
    """
    if not await service.history.knows(principal.tenant, cycle_id):
        raise _unknown(cycle_id)
    now = clock.now()
    report = await report_cycle(
        service.history,
        principal.tenant,
        cycle_id,
        valid_at=as_of.valid_at or now,
        known_at=as_of.known_at or now,
    )
    return Response(canonical_json(report), media_type="application/json")


def _unknown(cycle_id: UUID) -> Problem:
    return Problem(404, "not-found", "Not Found", f"No event concerns a cycle {cycle_id}.")


def _cursor(event: SourcedEvent) -> str:
    return encode_cursor([event.record.recorded_at, event.source, event.record.seq])


def _item(event: SourcedEvent) -> HistoryItem:
    record = event.record
    metadata: dict[str, Any] = orjson.loads(record.metadata)
    return HistoryItem(
        seq=record.seq,
        source=event.source,
        type=record.type,
        stream=record.stream,
        version=record.version,
        actor=metadata["actor"],
        occurred_at=record.occurred_at,
        recorded_at=record.recorded_at,
        cause=metadata.get("causation_id"),
        data=orjson.loads(record.data),
    )
