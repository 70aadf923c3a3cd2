from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from helmlog_events import clock
from helmlog_events.contracts.kpi import Period
from helmlog_events.values import Instant
from helmlog_web.reads import (
    DEFAULT_LIMIT,
    Cursor,
    Limit,
    Page,
    decode_cursor,
    encode_cursor,
)

from kpi_service.api.dependencies import Reader, UsedMoment, UsedServices, seen
from kpi_service.api.errors import by_route
from kpi_service.api.schemas.values import (
    ChartResponse,
    PeriodValueResponse,
    chart_point_response,
    period_value_response,
)
from kpi_service.domain.charts import MOST_POINTS
from kpi_service.domain.durations import DurationUnreadable, format_duration, parse_duration
from kpi_service.domain.kpi.refusals import DurationRefused
from kpi_service.domain.stretches import check_order
from kpi_service.readmodel.values import Window

router = APIRouter(prefix="/v1/kpis/{kpi}", tags=["values"])

Since = Annotated[Instant | None, Query(alias="from", description="Observed since.")]
Before = Annotated[Instant | None, Query(alias="to", description="Observed earlier.")]


@router.get("/values", dependencies=[seen], responses=by_route.VALUES)
async def list_values(
    kpi: str,
    principal: Reader,
    moment: UsedMoment,
    services: UsedServices,
    period: Annotated[Period, Query(description="By the KPI's timezone and fiscal calendar.")],
    since: Since = None,
    before: Before = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[PeriodValueResponse]:
    """Of each period that `from..to` touches and that has readings, in order of time.

    Periods are whole, but for the one of `valid_at`, which ends there. Late and corrected readings
    are in it: at `known_at` as far as they were known. Of a derived KPI the period that its formula
    makes and that still runs has a provisional value.
    """
    now = clock.now()
    check_order(since, before)
    loaded = await services.definitions.load_by_key(
        principal.tenant, kpi, up_to_seq=moment.up_to_seq
    )
    if cursor is not None:
        (since,) = decode_cursor(cursor, datetime)
    window = Window(moment, since, before)
    found = await services.values.by_period(
        principal.tenant, loaded.kpi, period, window, limit + 1, now
    )
    return Page(
        items=[period_value_response(loaded.kpi, period, one, moment.at) for one in found[:limit]],
        next_cursor=encode_cursor([found[limit].span.starts_at]) if found[limit:] else None,
    )


@router.get("/chart", responses=by_route.CHART)
async def read_chart(
    kpi: str,
    principal: Reader,
    moment: UsedMoment,
    services: UsedServices,
    since: Since = None,
    before: Before = None,
    points: Annotated[int, Query(ge=2, le=MOST_POINTS, description="At most so many.")] = 500,
    bucket: Annotated[
        str | None, Query(max_length=40, description="ISO 8601 duration; goes before `points`.")
    ] = None,
) -> ChartResponse:
    """What was observed in `from..to`, brought down to buckets of one length.

    Without `bucket` the shortest round length is taken by which what was observed makes no more
    than `points`. Buckets are counted from 0001-01-01T00:00:00Z, a Monday.
    """
    check_order(since, before)
    loaded = await services.definitions.load_by_key(
        principal.tenant, kpi, up_to_seq=moment.up_to_seq
    )
    window = Window(moment, since, before)
    try:
        length = None if bucket is None else parse_duration(bucket)
    except DurationUnreadable as error:
        raise DurationRefused("bucket", error) from error
    chart = await services.values.chart(principal.tenant, loaded.kpi, window, points, length)
    return ChartResponse(
        kpi_id=loaded.kpi_id,
        bucket=None if chart.bucket is None else format_duration(chart.bucket),
        items=[chart_point_response(one) for one in chart.points],
    )
