from __future__ import annotations

from collections.abc import Sequence

from helmlog_events.contracts.okr import FiscalCalendarDefined
from sqlalchemy import RowMapping, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncEngine

from okr_service.domain.cut import Cut
from okr_service.readmodel import tables


class FiscalCalendars:
    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def all(
        self, tenant: str, cut: Cut, *, after: str | None, limit: int
    ) -> Sequence[tuple[FiscalCalendarDefined, int]]:
        """As defined within `cut`, each with its version, in the order of their slugs."""
        calendars = tables.fiscal_calendars.c
        query = (
            select(tables.fiscal_calendars)
            .ext(distinct_on(calendars.slug))
            .where(calendars.tenant == tenant)
            .order_by(calendars.slug, calendars.version.desc())
            .limit(limit)
        )
        if after is not None:
            query = query.where(calendars.slug > after)
        if cut.up_to_seq is not None:
            query = query.where(calendars.seq <= cut.up_to_seq)
        if cut.valid_at is not None:
            query = query.where(calendars.occurred_at <= cut.valid_at)
        async with self._engine.connect() as sql:
            rows = (await sql.execute(query)).mappings().all()
        return [(_calendar(row), row["version"]) for row in rows]


def _calendar(row: RowMapping) -> FiscalCalendarDefined:
    return FiscalCalendarDefined(**{name: row[name] for name in FiscalCalendarDefined.model_fields})
