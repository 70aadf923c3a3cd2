from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response
from helmlog_events.fiscal import fiscal_year
from helmlog_web.commands import Outcome, check_if_match, execute
from helmlog_web.reads import Cursor, Limit, Page, decode_cursor, encode_cursor, etag
from helmlog_web.text import Slug

from okr_service.api.dependencies import Command, Reader, UsedCut, UsedServices, seen
from okr_service.api.schemas.fiscal_calendars import (
    FiscalCalendarRequest,
    FiscalCalendarResponse,
    FiscalYearResponse,
    fiscal_calendar_response,
    fiscal_year_response,
)
from okr_service.application.fiscal_calendars import load_fiscal_calendar
from okr_service.domain.fiscal_calendar.state import NoFiscalCalendar

router = APIRouter(prefix="/v1/fiscal-calendars", tags=["fiscal calendars"])


@router.put("/{slug}", response_model=FiscalCalendarResponse)
async def define_fiscal_calendar(
    slug: Slug, body: FiscalCalendarRequest, context: Command, services: UsedServices
) -> Response:
    """Defines it, or defines it anew; cycles that were cut from it keep their dates."""

    async def decide() -> Outcome:
        result = await services.fiscal_calendars.define(
            context.tenant, body.definition(slug), context.now
        )
        check_if_match(context, result.stood_at)
        if isinstance(result.state, NoFiscalCalendar):
            raise TypeError("a decided command leaves a calendar behind")
        response = fiscal_calendar_response(result.state, result.version)
        return Outcome(result.writes, 200, response, version=result.version)

    return await execute(services.store, context, decide)


@router.get("", dependencies=[seen])
async def list_fiscal_calendars(
    principal: Reader,
    cut: UsedCut,
    services: UsedServices,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Page[FiscalCalendarResponse]:
    """In the order of their slugs."""
    after = None if cursor is None else decode_cursor(cursor, str)[0]
    found = await services.queries.fiscal_calendars.all(
        principal.tenant, cut, after=after, limit=limit + 1
    )
    items = [fiscal_calendar_response(*known) for known in found[:limit]]
    more = len(found) > limit
    return Page(items=items, next_cursor=encode_cursor([items[-1].slug]) if more else None)


@router.get("/{slug}")
async def read_fiscal_calendar(
    slug: Slug, principal: Reader, cut: UsedCut, services: UsedServices, response: Response
) -> FiscalCalendarResponse:
    loaded = await load_fiscal_calendar(services.streams, principal.tenant, slug, cut)
    response.headers["ETag"] = etag(loaded.version)
    return fiscal_calendar_response(loaded.state, loaded.version)


@router.get("/{slug}/periods")
async def read_fiscal_periods(
    slug: Slug,
    principal: Reader,
    cut: UsedCut,
    services: UsedServices,
    year: Annotated[int, Query(ge=1900, le=2999)],
) -> FiscalYearResponse:
    """A fiscal year with its quarters and periods, as the calendar is defined."""
    loaded = await load_fiscal_calendar(services.streams, principal.tenant, slug, cut)
    return fiscal_year_response(slug, fiscal_year(loaded.state, year))
