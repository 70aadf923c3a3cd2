from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response
from helmlog_events.contracts.kpi import Severity
from helmlog_events.values import Instant
from helmlog_web.headers import etag
from helmlog_web.reads import (
    DEFAULT_LIMIT,
    Cursor,
    Limit,
    Page,
    decode_cursor,
    encode_cursor,
)
from helmlog_web.text import Name

from kpi_service.api.dependencies import Reader, Services, UsedMoment, UsedServices, seen
from kpi_service.api.errors import by_route
from kpi_service.api.schemas.breaches import (
    BreachResponse,
    BreachStoryResponse,
    breach_response,
    breach_story_response,
)
from kpi_service.application.breaches import DEALINGS
from kpi_service.domain.breach.refusals import BreachUnknown
from kpi_service.domain.stretches import check_order
from kpi_service.readmodel.breaches import BreachFilter
from kpi_service.readmodel.moments import Moment
from kpi_service.readmodel.stories import Entry, Kind, StoryState, tell

router = APIRouter(prefix="/v1", tags=["breaches"])


_OPENED: Final = "First told to have opened at this instant or later."
_BEFORE: Final = "First told to have opened before this instant."


async def _asked(
    severity: Annotated[Severity | None, Query()] = None,
    state: Annotated[
        StoryState | None, Query(description="Without it, all but what was withdrawn.")
    ] = None,
    acknowledged: Annotated[bool | None, Query()] = None,
    silenced: Annotated[bool | None, Query(description="At the moment that is asked for.")] = None,
    since: Annotated[Instant | None, Query(alias="from", description=_OPENED)] = None,
    before: Annotated[Instant | None, Query(alias="to", description=_BEFORE)] = None,
) -> BreachFilter:
    check_order(since, before)
    return BreachFilter(
        severity=severity,
        state=state,
        acknowledged=acknowledged,
        silenced=silenced,
        since=since,
        before=before,
    )


Asked = Annotated[BreachFilter, Depends(_asked)]


@router.get("/breaches", dependencies=[seen], responses=by_route.BREACHES)
async def list_all_breaches(
    principal: Reader,
    moment: UsedMoment,
    services: UsedServices,
    asked: Asked,
    kpi: Annotated[str | None, Query(max_length=200, description="Id or slug.")] = None,
    kind: Annotated[Kind | None, Query()] = None,
    owner: Annotated[Name | None, Query(description="Who owns the KPI by now.")] = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[BreachResponse]:
    """The breaches of all KPIs, and the silences of their sources, in the order of their opening as
    it was first told; as they were at `valid_at` and known at `known_at`.
    """
    kpi_id = None
    if kpi is not None:
        loaded = await services.definitions.load_by_key(
            principal.tenant, kpi, up_to_seq=moment.up_to_seq
        )
        kpi_id = loaded.kpi_id
    wanted = replace(asked, kpi_id=kpi_id, kind=kind, owner=owner)
    return await _page(services, principal.tenant, wanted, moment, cursor, limit)


@router.get("/kpis/{kpi}/breaches", dependencies=[seen], responses=by_route.BREACHES)
async def list_breaches(
    kpi: str,
    principal: Reader,
    moment: UsedMoment,
    services: UsedServices,
    asked: Asked,
    kind: Annotated[Kind, Query()] = "threshold",
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[BreachResponse]:
    """Those of one KPI, or the silences of its source: as `GET /v1/breaches`."""
    loaded = await services.definitions.load_by_key(
        principal.tenant, kpi, up_to_seq=moment.up_to_seq
    )
    wanted = replace(asked, kpi_id=loaded.kpi_id, kind=kind)
    return await _page(services, principal.tenant, wanted, moment, cursor, limit)


@router.get("/breaches/{breach_id}", dependencies=[seen], responses=by_route.BREACH)
async def read_breach(
    breach_id: UUID,
    principal: Reader,
    moment: UsedMoment,
    services: UsedServices,
    response: Response,
) -> BreachStoryResponse:
    """A breach, or a silence, with its whole story."""
    told = await services.breaches.entries(principal.tenant, breach_id)
    past = await services.dealings.past(principal.tenant, breach_id)
    entries = [
        *(one for one in told if one.event.event_type not in DEALINGS),
        *map(Entry.of, past),
    ]
    story = tell(entries, moment.valid_at, moment.known_at)
    if story is None:
        raise BreachUnknown(breach_id)
    response.headers["ETag"] = etag(story.version)
    cuts = await services.breach_periods.cuts(principal.tenant, [story.kpi_id], moment)
    return breach_story_response(story, moment.at, cuts.get(story.kpi_id))


async def _page(
    services: Services,
    tenant: str,
    wanted: BreachFilter,
    moment: Moment,
    cursor: str | None,
    limit: int,
) -> Page[BreachResponse]:
    after = None if cursor is None else decode_cursor(cursor, datetime, UUID)
    found = await services.breaches.list(tenant, wanted, moment, after, limit + 1)
    last = found[limit - 1] if found[limit:] else None
    kpi_ids = {one.kpi_id for one in found[:limit]}
    cuts = await services.breach_periods.cuts(tenant, kpi_ids, moment)
    return Page(
        items=[breach_response(one, moment.at, cuts.get(one.kpi_id)) for one in found[:limit]],
        next_cursor=None if last is None else encode_cursor([last.told_opened_at, last.id]),
    )
