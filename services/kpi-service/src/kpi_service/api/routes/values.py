from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from helmlog_events import clock
from helmlog_events.contracts.kpi import Period
from helmlog_events.values import Instant
from helmlog_web.reads import (
    DEFAULT_LIMIT,
    AsOf,
    AsOfQuery,
    Cursor,
    Limit,
    Page,
    decode_cursor,
    encode_cursor,
)

from kpi_service.api.dependencies import Reader, Services, UsedServices, seen
from kpi_service.api.errors import by_route
from kpi_service.api.schemas.values import ChartPointResponse, ChartResponse, PeriodValueResponse
from kpi_service.domain.achievement import achievement, budget_use
from kpi_service.domain.charts import MOST_POINTS
from kpi_service.domain.durations import DurationUnreadable, format_duration, parse_duration
from kpi_service.domain.kpi.refusals import DurationRefused
from kpi_service.domain.kpi.state import KPI
from kpi_service.domain.stretches import check_order
from kpi_service.readmodel.charts import ChartPoint
from kpi_service.readmodel.period_values import PeriodValue
from kpi_service.readmodel.values import Window

router = APIRouter(prefix="/v1/kpis/{kpi}", tags=["values"])

Since = Annotated[Instant | None, Query(alias="from", description="Observed since.")]
Before = Annotated[Instant | None, Query(alias="to", description="Observed earlier.")]


@router.get("/values", dependencies=[seen], responses=by_route.VALUES)
async def list_values(
    kpi: str,
    principal: Reader,
    as_of: AsOfQuery,
    services: UsedServices,
    period: Annotated[Period, Query(description="By the KPI's timezone and fiscal calendar.")],
    since: Since = None,
    before: Before = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[PeriodValueResponse]:
    """Of each period that `from..to` touches and that has readings, in order of time.

    Periods are whole, but for the one of `valid_at`, which ends there. Late and corrected readings
    are in it: at `known_at` as far as they were known.
    """
    check_order(since, before)
    defined = await _load(services, principal.tenant, kpi, as_of)
    if cursor is not None:
        (since,) = decode_cursor(cursor, datetime)
    window = Window(since, before, as_of.valid_at, as_of.known_at)
    found = await services.values.by_period(principal.tenant, defined, period, window, limit + 1)
    now = as_of.valid_at or as_of.known_at or clock.now()
    return Page(
        items=[_period_value(defined, period, one, now) for one in found[:limit]],
        next_cursor=encode_cursor([found[limit].span.starts_at]) if found[limit:] else None,
    )


@router.get("/chart", responses=by_route.CHART)
async def read_chart(
    kpi: str,
    principal: Reader,
    as_of: AsOfQuery,
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
    defined = await _load(services, principal.tenant, kpi, as_of)
    window = Window(since, before, as_of.valid_at, as_of.known_at)
    try:
        length = None if bucket is None else parse_duration(bucket)
    except DurationUnreadable as error:
        raise DurationRefused("bucket", error) from error
    chart = await services.values.chart(principal.tenant, defined, window, points, length)
    return ChartResponse(
        kpi_id=defined.definition.kpi_id,
        bucket=None if chart.bucket is None else format_duration(chart.bucket),
        items=[_chart_point(one) for one in chart.points],
    )


async def _load(services: Services, tenant: str, key: str, as_of: AsOf) -> KPI:
    kpi_id = await services.definitions.find(tenant, key)
    known_at = as_of.known_at
    up_to_seq = None if known_at is None else await services.store.seq_at(known_at)
    return (await services.definitions.load(tenant, kpi_id, up_to_seq=up_to_seq)).kpi


def _period_value(kpi: KPI, period: Period, one: PeriodValue, now: datetime) -> PeriodValueResponse:
    starts_at = one.span.starts_at
    target = kpi.target_at(starts_at, period)
    budget = kpi.target_at(starts_at, period, "budget")
    direction = kpi.definition.direction
    reached = (
        None if target is None or direction is None else achievement(one.value, target, direction)
    )
    used = None if budget is None else budget_use(one.value, budget)
    return PeriodValueResponse(
        starts_at=starts_at,
        ends_at=one.span.ends_at,
        complete=one.span.ends_at <= now,
        value=one.value,
        readings=one.readings,
        first_observed_at=one.first_observed_at,
        last_observed_at=one.last_observed_at,
        min=one.minimum,
        max=one.maximum,
        mean=one.mean,
        target=None if target is None else target.target,
        target_upper=None if target is None else target.upper,
        target_reached=None if reached is None or reached.share is None else reached.reached,
        achievement=None if reached is None else reached.share,
        budget=None if budget is None else budget.target,
        budget_kept=None if used is None else used.kept,
        budget_used=None if used is None else used.share,
    )


def _chart_point(one: ChartPoint) -> ChartPointResponse:
    return ChartPointResponse(
        starts_at=one.span.starts_at,
        readings=one.readings,
        first=one.first,
        last=one.last,
        min=one.minimum,
        max=one.maximum,
        mean=one.mean,
    )
