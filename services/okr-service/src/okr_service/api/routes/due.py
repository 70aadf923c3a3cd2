from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from helmlog_web.reads import Cursor, Limit, Page, decode_cursor, encode_cursor
from helmlog_web.text import Name

from okr_service.api.dependencies import Reader, UsedCut, UsedServices, seen
from okr_service.api.schemas.due import DueCheckInResponse, due_check_in_response
from okr_service.readmodel.due import OwedFilter, owed_check_ins

router = APIRouter(prefix="/v1/check-ins/due", tags=["check-ins"])


@router.get("", dependencies=[seen])
async def list_due_check_ins(
    principal: Reader,
    cut: UsedCut,
    services: UsedServices,
    owner: Annotated[Name | None, Query()] = None,
    team: Annotated[Name | None, Query()] = None,
    cycle_id: Annotated[UUID | None, Query()] = None,
    within_days: Annotated[
        int, Query(ge=0, le=366, description="Also those that come due so soon.")
    ] = 0,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Page[DueCheckInResponse]:
    """Who owes a check-in since when, the longest owed first: in active cycles, of active
    objectives, as of the moment asked for.
    """
    after = None if cursor is None else decode_cursor(cursor, datetime, UUID)
    chosen = OwedFilter(owner, team, cycle_id, timedelta(days=within_days))
    found = await owed_check_ins(
        services.boards, principal.tenant, chosen, cut, after=after, limit=limit + 1
    )
    items = [due_check_in_response(owed, cut.moment) for owed in found[:limit]]
    more = len(found) > limit
    return Page(items=items, next_cursor=encode_cursor(found[limit - 1].place) if more else None)
