from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from helmlog_events.contracts.okr import CycleKind, FiscalCalendarDefined, FiscalPeriod
from helmlog_events.envelope import StreamWrite
from helmlog_events.fiscal import Span, fiscal_year

from okr_service.application.decided import Decided, decided
from okr_service.application.streams import Loaded, Streams, narrowed
from okr_service.domain.aggregates import FISCAL_CALENDAR
from okr_service.domain.cut import Cut
from okr_service.domain.fiscal_calendar.decide import DefineFiscalCalendar, decide
from okr_service.domain.fiscal_calendar.refusals import (
    PlannedByUnknownCalendar,
    UnknownFiscalCalendar,
)
from okr_service.domain.fiscal_calendar.state import FiscalCalendarState, NoFiscalCalendar


@dataclass(frozen=True, slots=True)
class NamedPeriod:
    """A fiscal quarter or year as a cycle: `FY20-Q4`, `FY20`."""

    name: str
    kind: CycleKind
    span: Span


class FiscalCalendarHandlers:
    def __init__(self, streams: Streams) -> None:
        self._streams = streams

    async def define(
        self, tenant: str, definition: FiscalCalendarDefined, now: datetime
    ) -> Decided[FiscalCalendarState]:
        """Raises the refusals of `decide`."""
        loaded = await self._streams.load(FISCAL_CALENDAR, tenant, definition.slug)
        events = decide(DefineFiscalCalendar(definition), loaded.state)
        return decided(FISCAL_CALENDAR, loaded, events, now)

    async def period(self, tenant: str, period: FiscalPeriod) -> tuple[NamedPeriod, StreamWrite]:
        """With a guard of the calendar it is cut from. Raises `PlannedByUnknownCalendar`."""
        loaded = await self._streams.load(FISCAL_CALENDAR, tenant, period.calendar)
        if isinstance(loaded.state, NoFiscalCalendar):
            raise PlannedByUnknownCalendar(period.calendar)
        year = fiscal_year(loaded.state, period.year)
        name = f"FY{period.year % 100:02}"
        if period.quarter is None:
            return NamedPeriod(name, "year", year.span), loaded.guard
        quarter = year.quarters[period.quarter - 1]
        return NamedPeriod(f"{name}-Q{period.quarter}", "quarter", quarter), loaded.guard


async def load_fiscal_calendar(
    streams: Streams, tenant: str, slug: str, cut: Cut
) -> Loaded[FiscalCalendarDefined]:
    """The calendar within `cut`; raises `UnknownFiscalCalendar`."""
    loaded = await streams.load_at(FISCAL_CALENDAR, tenant, slug, cut)
    if isinstance(loaded.state, NoFiscalCalendar):
        raise UnknownFiscalCalendar(slug)
    return narrowed(loaded, loaded.state)
