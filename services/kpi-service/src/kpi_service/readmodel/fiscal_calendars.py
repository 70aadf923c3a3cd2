"""Fiscal calendars as okr-service defines them, for the periods of KPIs that name one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

import asyncpg
from helmlog_events.contracts.kpi import KPIDefined
from helmlog_events.contracts.okr import FiscalCalendarDefined
from helmlog_events.envelope import RecordedEvent
from helmlog_events.pipeline.rows_of import Row, RowsOf

from kpi_service.domain.periods import Calendar
from kpi_service.readmodel.tables import fiscal_calendars

_FIELDS: Final = tuple(FiscalCalendarDefined.model_fields)


async def read_calendar(
    connection: asyncpg.Connection,
    tenant: str,
    definition: KPIDefined,
    *,
    known_at: datetime | None = None,
) -> Calendar:
    """How the KPI's time is cut, by its fiscal calendar as it was known at `known_at`.

    One that is not known is none: its fiscal periods are then refused.
    """
    slug = definition.fiscal_calendar
    row = slug and await connection.fetchrow(
        f"SELECT {', '.join(_FIELDS)} FROM fiscal_calendars"
        " WHERE tenant = $1 AND slug = $2 AND ($3::timestamptz IS NULL OR recorded_at <= $3)"
        " ORDER BY version DESC LIMIT 1",
        tenant,
        slug,
        known_at,
    )
    fiscal = FiscalCalendarDefined.model_validate(dict(row)) if row else None
    return Calendar(ZoneInfo(definition.timezone), fiscal, named=slug)


def _rows(record: RecordedEvent, event: FiscalCalendarDefined) -> Iterator[Row]:
    yield {
        "tenant": record.tenant,
        "version": record.version,
        "recorded_at": record.recorded_at,
        **event.model_dump(),
    }


FISCAL_CALENDARS: Final = RowsOf(
    "kpi_fiscal_calendars", "okr", fiscal_calendars, (FiscalCalendarDefined,), _rows
)
