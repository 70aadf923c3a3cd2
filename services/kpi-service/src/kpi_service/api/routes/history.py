from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import cast

from fastapi import APIRouter
from helmlog_events.envelope import RecordedEvent
from helmlog_web.reads import (
    DEFAULT_LIMIT,
    Cursor,
    Limit,
    Page,
    decode_cursor,
    encode_cursor,
)

from kpi_service.api.dependencies import Reader, UsedMoment, UsedServices
from kpi_service.api.errors import by_route
from kpi_service.api.schemas.history import ChangeResponse, HistoryEntryResponse
from kpi_service.domain.kpi.events import KPIEvent, true_since
from kpi_service.domain.kpi.history import changes
from kpi_service.domain.kpi.state import INITIAL, KPIState, evolve

router = APIRouter(prefix="/v1/kpis/{kpi}/history", tags=["KPIs"])


@router.get("", responses=by_route.OF_KPI)
async def read_history(
    kpi: str,
    principal: Reader,
    moment: UsedMoment,
    services: UsedServices,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[HistoryEntryResponse]:
    """Who changed what when, from what to what, in the order it was learned: definition, targets,
    policies, formulas, service; what had become true by `valid_at`, as known at `known_at`.
    """
    kpi_id = await services.definitions.find(principal.tenant, kpi)
    records = await services.definitions.records(
        principal.tenant, kpi_id, up_to_seq=moment.up_to_seq
    )
    after = 0 if cursor is None else decode_cursor(cursor, int)[0]
    entries = [one for one in _entries(records, moment.valid_at) if one.version > after]
    items = entries[:limit]
    more = len(entries) > limit
    return Page(items=items, next_cursor=encode_cursor([items[-1].version]) if more else None)


def _entries(
    records: Sequence[RecordedEvent], valid_at: datetime | None
) -> Iterator[HistoryEntryResponse]:
    state: KPIState = INITIAL
    for record in records:
        event = cast("KPIEvent", record.event)
        since = true_since(event, record.occurred_at)
        if valid_at is None or record.version == 1 or since <= valid_at:
            yield HistoryEntryResponse(
                seq=record.seq,
                version=record.version,
                type=record.type,
                occurred_at=since,
                recorded_at=record.recorded_at,
                actor=record.actor,
                reason=getattr(event, "reason", None),
                changes=[ChangeResponse(**one._asdict()) for one in changes(event, state)],
            )
        state = evolve(state, event)
