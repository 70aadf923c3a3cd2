"""Bodies of values by period, and of charts."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated
from uuid import UUID

from helmlog_events.values import Instant, Number, plain
from helmlog_web.schemas import ResponseModel, exemplified
from pydantic import PlainSerializer

from kpi_service.api.examples import values

Total = Annotated[Decimal, PlainSerializer(plain, return_type=str, when_used="json")]
"""Exact, and of any size: a sum has more digits than what it is made of."""


class PeriodValueResponse(ResponseModel):
    """`value` is by the KPI's aggregation, for a counter what it rose by; the rest is of the
    readings.

    `target` and `budget` are those for values of this period that hold at its start; a target
    between two bounds goes up to `target_upper`. Of a KPI whose good way is known, `achievement` is
    the share reached of the target, 1 at the target, in 0..10; `budget_used` is the share spent of
    the budget, 1 when all of it is. Not `complete` while the period goes on.
    """

    starts_at: Instant
    ends_at: Instant
    complete: bool
    value: Total
    readings: int
    first_observed_at: Instant
    last_observed_at: Instant
    min: Total
    max: Total
    mean: Total
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
