"""Bodies of values by period, and of charts."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from helmlog_events.contracts.kpi import Period
from helmlog_events.values import Instant, Number, plain
from helmlog_web.schemas import ResponseModel, exemplified
from pydantic import PlainSerializer

from kpi_service.api.examples import values
from kpi_service.api.schemas.formulas import value_or_reason
from kpi_service.domain.achievement import achievement, budget_use
from kpi_service.domain.kpi.state import KPI
from kpi_service.readmodel.charts import ChartPoint
from kpi_service.readmodel.period_values import PeriodValue
from kpi_service.readmodel.running import RunningValue

Total = Annotated[Decimal, PlainSerializer(plain, return_type=str, when_used="json")]
"""Exact, and of any size: a sum has more digits than what it is made of."""


class PeriodValueResponse(ResponseModel):
    """`value` is by the KPI's aggregation, for a counter what it rose by; `readings` to `mean` are
    of the readings.

    The period of a derived KPI that still runs has none: `value` is then what the formula comes to
    so far, or null, and `reason` says why.

    `target` and `budget` are those for values of this period that hold at its start; a target
    between two bounds goes up to `target_upper`. Of a KPI whose good way is known, `achievement` is
    the share reached of the target, 1 at the target, in 0..10; `budget_used` is the share spent of
    the budget, 1 when all of it is. Not `complete` while the period goes on.
    """

    starts_at: Instant
    ends_at: Instant
    complete: bool
    value: Total | None
    reason: str | None
    readings: int
    first_observed_at: Instant | None
    last_observed_at: Instant | None
    min: Total | None
    max: Total | None
    mean: Total | None
    target: Number | None
    target_upper: Number | None
    target_reached: bool | None
    achievement: Number | None
    budget: Number | None
    budget_kept: bool | None
    budget_used: Number | None


class ChartPointResponse(ResponseModel):
    """A bucket with readings; `first` and `last` in the order of time."""

    starts_at: Instant
    readings: int
    first: Total
    last: Total
    min: Total
    max: Total
    mean: Total


class ChartResponse(ResponseModel):
    """Buckets without readings are left out; without any, `bucket` is as it was asked for.

    `bucket` is an ISO 8601 duration.
    """

    model_config = exemplified(values.CHART)

    kpi_id: UUID
    bucket: str | None
    items: list[ChartPointResponse]


def period_value_response(
    kpi: KPI, period: Period, one: PeriodValue | RunningValue, now: datetime
) -> PeriodValueResponse:
    starts_at = one.span.starts_at
    target = kpi.target_at(starts_at, period)
    budget = kpi.target_at(starts_at, period, "budget")
    direction = kpi.definition.direction
    value = one.value if isinstance(one.value, Decimal) else None
    reached = (
        None
        if value is None or target is None or direction is None
        else achievement(value, target, direction)
    )
    used = None if value is None or budget is None else budget_use(value, budget)
    measured = one if isinstance(one, PeriodValue) else None
    return PeriodValueResponse(
        starts_at=starts_at,
        ends_at=one.span.ends_at,
        complete=measured is not None and one.span.ends_at <= now,
        **value_or_reason(one.value),
        readings=0 if measured is None else measured.readings,
        first_observed_at=None if measured is None else measured.first_observed_at,
        last_observed_at=None if measured is None else measured.last_observed_at,
        min=None if measured is None else measured.minimum,
        max=None if measured is None else measured.maximum,
        mean=None if measured is None else measured.mean,
        target=None if target is None else target.target,
        target_upper=None if target is None else target.upper,
        target_reached=None if reached is None or reached.share is None else reached.reached,
        achievement=None if reached is None else reached.share,
        budget=None if budget is None else budget.target,
        budget_kept=None if used is None else used.kept,
        budget_used=None if used is None else used.share,
    )


def chart_point_response(one: ChartPoint) -> ChartPointResponse:
    return ChartPointResponse(
        starts_at=one.span.starts_at,
        readings=one.readings,
        first=one.first,
        last=one.last,
        min=one.minimum,
        max=one.maximum,
        mean=one.mean,
    )
