from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from helmlog_events.values import Instant
from helmlog_web.reads import Cursor, Limit, Page, decode_cursor, encode_cursor

from okr_service.api.dependencies import Reader, UsedCut, UsedServices, seen
from okr_service.api.schemas.recognition import (
    AchievementResponse,
    AchievementSummaryResponse,
    achievement_response,
    tally_response,
)
from okr_service.domain.recognition import AchievementFilter, tally

router = APIRouter(prefix="/v1/achievements", tags=["recognition"])


async def _chosen(
    owner: Annotated[str | None, Query(max_length=100)] = None,
    team: Annotated[str | None, Query(max_length=100)] = None,
    since: Annotated[Instant | None, Query(description="Inclusive.")] = None,
    until: Annotated[Instant | None, Query(description="Not inclusive.")] = None,
) -> AchievementFilter:
    return AchievementFilter(owner, team, since, until)


Chosen = Annotated[AchievementFilter, Depends(_chosen)]


@router.get("", dependencies=[seen])
async def list_achievements(
    principal: Reader,
    cut: UsedCut,
    chosen: Chosen,
    services: UsedServices,
    cycle_id: Annotated[UUID | None, Query()] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Page[AchievementResponse]:
    """Over all cycles, newest first."""
    before = None
    if cursor is not None:
        achieved_at, key = decode_cursor(cursor, datetime, UUID)
        before = (achieved_at, key)
    found = await services.queries.list_achievements(
        principal.tenant, cycle_id, chosen, cut, before=before, limit=limit + 1
    )
    items = [achievement_response(achievement) for achievement in found[:limit]]
    more = len(found) > limit
    return Page(
        items=items,
        next_cursor=encode_cursor([items[-1].achieved_at, items[-1].id]) if more else None,
    )


@router.get("/summary", dependencies=[seen])
async def sum_up_achievements(
    principal: Reader,
    cut: UsedCut,
    chosen: Chosen,
    services: UsedServices,
    by: Annotated[Literal["owner", "team"], Query()] = "owner",
    cycle_id: Annotated[UUID | None, Query()] = None,
) -> AchievementSummaryResponse:
    """How much each owner, or each team, achieved; the most first."""
    found = await services.queries.list_achievements(principal.tenant, cycle_id, chosen, cut)
    return AchievementSummaryResponse(
        by=by, items=[tally_response(one) for one in tally(found, by)]
    )
