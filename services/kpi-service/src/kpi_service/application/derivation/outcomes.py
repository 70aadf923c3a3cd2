"""From what was derived to what is to be written, given what stands."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from uuid import UUID

import asyncpg
from helmlog_events.contracts.kpi import KPIValueUndefined, Period

from kpi_service.application.derivation.due import DueKPI
from kpi_service.domain.formula.evaluate import Undefined, Value
from kpi_service.domain.readings.reading import FORMULA_SOURCE, Reading, reading


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a period came to; `value` is none where there is nothing to say of it."""

    starts_at: datetime
    period: Period
    value: Value | None
    noted: int


@dataclass(frozen=True, slots=True)
class Standing:
    """The values and reasons as they were last told, by the start of the period."""

    values: Mapping[datetime, Decimal]
    reasons: Mapping[datetime, str]


@dataclass(slots=True)
class Changes:
    readings: list[Reading] = field(default_factory=list)
    undefined: list[KPIValueUndefined] = field(default_factory=list)
    reasons: dict[datetime, str] = field(default_factory=dict)
    """New ones; those of `forgotten` hold no more."""
    forgotten: list[datetime] = field(default_factory=list)


def changes(kpi_id: UUID, outcomes: Iterable[Outcome], standing: Standing) -> Changes:
    """Each value that is new or another, and each lack of one that is, once."""
    found = Changes()
    for one in outcomes:
        stood = standing.values.get(one.starts_at)
        reason = standing.reasons.get(one.starts_at)
        match one.value:
            case Decimal() as value:
                if value != stood:
                    found.readings.append(_reading(found, one.starts_at, value))
                if reason is not None:
                    found.forgotten.append(one.starts_at)
            case Undefined(reason=why):
                if stood is None and reason == why:
                    continue
                if stood is not None:
                    found.readings.append(_reading(found, one.starts_at, None))
                found.undefined.append(_undefined(kpi_id, one, why, stood))
                found.reasons[one.starts_at] = why
            case None:
                pass
    return found


async def read_standing(
    connection: asyncpg.Connection, due: DueKPI, starts: Sequence[datetime]
) -> Standing:
    values = await connection.fetch(
        "SELECT wanted, latest.value FROM unnest($3::timestamptz[]) AS wanted CROSS JOIN LATERAL"
        " (SELECT value FROM readings WHERE tenant = $1 AND kpi_id = $2 AND observed_at = wanted"
        " AND source = $4 ORDER BY revision DESC LIMIT 1) AS latest WHERE value IS NOT NULL",
        *due,
        starts,
        FORMULA_SOURCE,
    )
    reasons = await connection.fetch(
        "SELECT starts_at, reason FROM derived_undefined"
        " WHERE tenant = $1 AND kpi_id = $2 AND starts_at = ANY($3::timestamptz[])",
        *due,
        starts,
    )
    return Standing(dict(map(tuple, values)), dict(map(tuple, reasons)))


async def keep_reasons(connection: asyncpg.Connection, due: DueKPI, found: Changes) -> None:
    if found.reasons:
        await connection.execute(
            "INSERT INTO derived_undefined (tenant, kpi_id, starts_at, reason)"
            " SELECT $1, $2, * FROM unnest($3::timestamptz[], $4::text[])"
            " ON CONFLICT (tenant, kpi_id, starts_at) DO UPDATE SET reason = excluded.reason",
            *due,
            [*found.reasons],
            [*found.reasons.values()],
        )
    if found.forgotten:
        await connection.execute(
            "DELETE FROM derived_undefined"
            " WHERE tenant = $1 AND kpi_id = $2 AND starts_at = ANY($3::timestamptz[])",
            *due,
            found.forgotten,
        )


def _reading(found: Changes, starts_at: datetime, value: Decimal | None) -> Reading:
    return reading(len(found.readings), starts_at, value)


def _undefined(kpi_id: UUID, one: Outcome, reason: str, stood: Decimal | None) -> KPIValueUndefined:
    return KPIValueUndefined(
        kpi_id=kpi_id,
        period=one.period,
        starts_at=one.starts_at,
        reason=reason,
        withdrawn=stood,
        cause=f"kpi/{one.noted}",
    )
