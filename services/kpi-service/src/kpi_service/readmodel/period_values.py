"""What a KPI came to in each period, made of its readings in the database.

Nothing is kept: a late or corrected reading shows in its period's value as soon as it is there.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Any, Final

import asyncpg
from helmlog_events.contracts.kpi import KPIDefined, Period
from helmlog_events.values import MAX_PLACES

from kpi_service.domain.kpi.state import KPI
from kpi_service.domain.periods import Calendar, Span
from kpi_service.readmodel.counted_readings import (
    counted_between,
    first_free,
    value_at,
    value_before,
)

# So many digits that rounding twice can't show: no sum and count are that near to a tie.
_EXACT: Final = Context(prec=120, rounding=ROUND_HALF_EVEN)
_LAST_PLACE: Final = Decimal(1).scaleb(-MAX_PLACES)


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


async def read_period_values(
    connection: asyncpg.Connection,
    tenant: str,
    kpi: KPI,
    calendar: Calendar,
    period: Period,
    since: datetime,
    before: datetime,
    *,
    known_at: datetime | None = None,
) -> list[PeriodValue]:
    """Of each period that `since..before` touches the value, in order, as of `known_at`.

    The periods are whole, also the first and the last; those without readings are left out. It
    takes some microseconds a period: the caller bounds how many there are. Raises
    `FiscalCalendarMissing`, `CalendarExceeded`.
    """
    spans = list(calendar.spans(period, since, before))
    return await read_values(connection, tenant, kpi, spans, known_at=known_at)


async def read_values(
    connection: asyncpg.Connection,
    tenant: str,
    kpi: KPI,
    spans: Iterable[Span],
    *,
    known_at: datetime | None = None,
) -> list[PeriodValue]:
    """The same of these spans, which are in order and do not overlap."""
    listed = list(spans)
    if not listed:
        return []
    known = () if known_at is None else (known_at,)
    rows = await connection.fetch(
        _query(kpi.definition, known=bool(known)),
        tenant,
        kpi.definition.kpi_id,
        listed[0].starts_at,
        listed[-1].ends_at,
        *known,
        [one.starts_at for one in listed],
        [one.ends_at for one in listed],
    )
    return [_value(kpi.definition, listed[row["place"] - 1], row) for row in rows]


def mean(total: Decimal, count: int) -> Decimal:
    """Rounded to 20 places, half to even; without zeros at the end."""
    exact = _EXACT.divide(total, Decimal(count)).quantize(_LAST_PLACE, context=_EXACT)
    return Decimal(0) if exact.is_zero() else exact.normalize(_EXACT)


def _value(definition: KPIDefined, span: Span, row: Any) -> PeriodValue:
    average = mean(row["total"], row["readings"])
    values = {
        "last": row["chosen"],
        "sum": row["total"],
        "mean": average,
        "min": row["minimum"],
        "max": row["maximum"],
        "count": Decimal(row["readings"]),
    }
    is_counter = definition.measure == "counter"
    return PeriodValue(
        span=span,
        value=row["chosen"] if is_counter else values[definition.aggregation],
        readings=row["readings"],
        first_observed_at=row["first_observed_at"],
        last_observed_at=row["last_observed_at"],
        minimum=row["minimum"],
        maximum=row["maximum"],
        mean=average,
    )


def _query(definition: KPIDefined, *, known: bool) -> str:
    """One walk along the index a period: faster than to tell of each reading which it lies in."""
    place = first_free(known=known)
    counted = counted_between("span.starts_at", "span.ends_at", known=known)
    if definition.measure == "counter":
        chosen = _rise(counted, known=known)
    elif definition.aggregation == "last":
        chosen = value_at("found.last_observed_at", "DESC", known=known)
    else:
        chosen = "SELECT NULL::numeric"
    return f"""
        SELECT span.place, found.*, ({chosen}) AS chosen
        FROM unnest(${place}::timestamptz[], ${place + 1}::timestamptz[]) WITH ORDINALITY
            AS span (starts_at, ends_at, place)
        CROSS JOIN LATERAL (
            SELECT count(*) AS readings, sum(value) AS total,
                min(value) AS minimum, max(value) AS maximum,
                min(observed_at) AS first_observed_at, max(observed_at) AS last_observed_at
            FROM ({counted}) AS counted
        ) AS found
        WHERE found.readings > 0 ORDER BY span.place"""


def _rise(counted: str, *, known: bool) -> str:
    """What a counter rose by, each source from its last value before the period on.

    After a fall it has counted from zero. What a source had counted before its first reading of all
    is not known to have been counted in this period: that reading rises by nothing.
    """
    before = value_before("span.starts_at", "step.source", known=known)
    return f"""
        SELECT sum(CASE WHEN value >= previous THEN value - previous
                        WHEN value < previous THEN value ELSE 0 END)
        FROM (
            SELECT value, CASE WHEN number > 1 THEN lagged ELSE ({before}) END AS previous
            FROM (
                SELECT source, value, lag(value) OVER in_order AS lagged,
                    row_number() OVER in_order AS number
                FROM ({counted}) AS counted
                WINDOW in_order AS (PARTITION BY source ORDER BY observed_at)
            ) AS step
        ) AS rising"""
