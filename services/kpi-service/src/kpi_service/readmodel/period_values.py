"""What a KPI came to in each period, made of its readings in the database.

Nothing is kept: a late or corrected reading shows in its period's value as soon as it is there.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final, assert_never

import asyncpg
from helmlog_events.contracts.kpi import KPIDefined

from kpi_service.domain.kpi.state import KPI
from kpi_service.domain.periods import Span
from kpi_service.domain.readings.mean import mean
from kpi_service.readmodel.walks import LAST, RISE, walk

_INSTANT: Final = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class PeriodValue:
    """`value` is by the KPI's aggregation, for a counter what it rose by; the rest is of all
    readings in `span` that have a value. Never of none: a period without them is left out.
    """

    span: Span
    value: Decimal
    readings: int
    first_observed_at: datetime
    last_observed_at: datetime
    minimum: Decimal
    maximum: Decimal
    mean: Decimal


async def read_values(
    connection: asyncpg.Connection,
    tenant: str,
    kpi: KPI,
    spans: Iterable[Span],
    *,
    valid_at: datetime | None = None,
    known_at: datetime | None = None,
) -> list[PeriodValue]:
    """Of each of the spans the value, as of `known_at`, of what was observed by `valid_at`.

    They are in order and do not overlap; those without readings are left out. It takes some
    microseconds a span: the caller bounds how many there are.
    """
    listed = list(spans)
    if not listed:
        return []
    since, before = listed[0].starts_at, listed[-1].ends_at
    if valid_at is not None and valid_at < before:
        before = valid_at + _INSTANT
    rows = await walk(
        connection,
        tenant,
        kpi.definition.kpi_id,
        listed,
        since,
        before,
        *_chosen(kpi.definition),
        known_at=known_at,
    )
    return [_value(kpi.definition, listed[row["place"]], row) for row in rows]


def _chosen(definition: KPIDefined) -> tuple[str, ...]:
    if definition.measure == "counter":
        return (RISE,)
    return (LAST,) if definition.aggregation == "last" else ()


def _value(definition: KPIDefined, span: Span, row: Any) -> PeriodValue:
    average = mean(row["total"], row["readings"])
    value: Decimal
    if definition.measure == "counter":
        value = row[RISE]
    else:
        match definition.aggregation:
            case "last":
                value = row[LAST]
            case "sum":
                value = row["total"]
            case "mean":
                value = average
            case "min":
                value = row["minimum"]
            case "max":
                value = row["maximum"]
            case "count":
                value = Decimal(row["readings"])
            case _ as unreachable:
                assert_never(unreachable)
    return PeriodValue(
        span=span,
        value=value,
        readings=row["readings"],
        first_observed_at=row["first_observed_at"],
        last_observed_at=row["last_observed_at"],
        minimum=row["minimum"],
        maximum=row["maximum"],
        mean=average,
    )
