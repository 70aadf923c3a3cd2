"""Periods of the calendar, or of a fiscal one, in a KPI's timezone.

The periods of a kind follow one another without gap or overlap, whatever the clocks do.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import assert_never
from zoneinfo import ZoneInfo

from helmlog_events.contracts.kpi import Period
from helmlog_events.contracts.okr import FiscalCalendarDefined
from helmlog_events.fiscal import FiscalYear, fiscal_year

from kpi_service.domain.kpi.refusals import Refusal

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)


class FiscalCalendarMissing(Refusal):
    """A fiscal period is asked for, and no fiscal calendar is known; `field` asked for it."""

    field = "period"

    def __init__(self, slug: str | None) -> None:
        super().__init__(
            "the KPI names no fiscal calendar"
            if slug is None
            else f"the fiscal calendar {slug!r} is not known"
        )
        self.slug = slug


class CalendarExceeded(Refusal):
    """The period reaches out of the years that there are; `field` asked for it."""

    field = "period"

    def __init__(self, period: Period, moment: datetime) -> None:
        super().__init__(f"the {period} of {moment.isoformat()} is not within the years 1 to 9999")
        self.moment = moment


@dataclass(frozen=True, slots=True)
class Span:
    """From `starts_at` on, before `ends_at`, both in UTC."""

    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Calendar:
    """How time is cut: where, and by which fiscal year; `named` is what that one is called."""

    timezone: ZoneInfo
    fiscal: FiscalCalendarDefined | None = None
    named: str | None = None

    def span_of(self, period: Period, moment: datetime) -> Span:
        """The period `moment` lies in. Raises `FiscalCalendarMissing`, `CalendarExceeded`."""
        try:
            return self._span_of(period, moment.astimezone(UTC))
        except (OverflowError, ValueError) as error:
            raise CalendarExceeded(period, moment) from error

    def spans(self, period: Period, since: datetime, before: datetime) -> Iterator[Span]:
        """Those that `since..before` touches, in order. Raises what `span_of` does."""
        moment = since
        while moment < before:
            span = self.span_of(period, moment)
            yield span
            moment = span.ends_at

    def _span_of(self, period: Period, moment: datetime) -> Span:
        day = self._day_of(moment)
        if period == "hour":
            return self._hour(day, moment)
        first, after = self._days(period, day)
        return Span(_midnight(self.timezone, first), _midnight(self.timezone, after))

    def _day_of(self, moment: datetime) -> date:
        """The day that has begun last: clocks set back over midnight don't begin it again."""
        day = moment.astimezone(self.timezone).date()
        while _midnight(self.timezone, day + DAY) <= moment:
            day += DAY
        return day

    def _hour(self, day: date, moment: datetime) -> Span:
        # Cut from the day's first moment on, so that hours tile the days of 23 to 25 of them.
        midnight = _midnight(self.timezone, day)
        starts_at = midnight + (moment - midnight) // HOUR * HOUR
        return Span(starts_at, min(starts_at + HOUR, _midnight(self.timezone, day + DAY)))

    def _days(self, period: Period, day: date) -> tuple[date, date]:
        """The first day of the period `day` lies in, and the first one after it."""
        match period:
            case "hour" | "day":
                return day, day + DAY
            case "week":
                monday = day - day.weekday() * DAY
                return monday, monday + 7 * DAY
            case "month":
                return _months(day, 1)
            case "quarter":
                return _months(day, 3)
            case "year":
                return _months(day, 12)
            case "fiscal_month" | "fiscal_quarter" | "fiscal_year":
                return self._fiscal_days(period, day)
            case _ as unreachable:
                assert_never(unreachable)

    def _fiscal_days(self, period: Period, day: date) -> tuple[date, date]:
        year = self._fiscal_year_of(day)
        spans = {
            "fiscal_month": year.periods,
            "fiscal_quarter": year.quarters,
            "fiscal_year": (year.span,),
        }[period]
        span = next(one for one in spans if one.starts_on <= day <= one.ends_on)
        return span.starts_on, span.ends_on + DAY

    def _fiscal_year_of(self, day: date) -> FiscalYear:
        if self.fiscal is None:
            raise FiscalCalendarMissing(self.named)
        # One that is named by its start can hold days of the year after and, cut in weeks, the
        # first days of the year before its own.
        numbers = (day.year, day.year - 1, day.year + 1)
        years = (_fiscal_year(self.fiscal, number) for number in numbers)
        return next(one for one in years if one.span.starts_on <= day <= one.span.ends_on)


@lru_cache(maxsize=10_000)
def _midnight(timezone: ZoneInfo, day: date) -> datetime:
    """The first moment of `day`, in UTC: the one after the gap where clocks skip midnight.

    Of a day that clocks skip altogether, the first of the next one.
    """
    midnight = datetime.combine(day, time.min, timezone)
    begins = midnight.astimezone(UTC)
    if begins.astimezone(timezone).replace(tzinfo=None) == midnight.replace(tzinfo=None):
        return begins
    # Skipped: the clocks were set within the hours that the two offsets are apart.
    before = midnight.replace(fold=1).astimezone(UTC)
    while begins - before > _SECOND:
        middle = before + (begins - before) // _SECOND // 2 * _SECOND
        if middle.astimezone(timezone).date() < day:
            before = middle
        else:
            begins = middle
    return begins


@lru_cache(maxsize=1_000)
def _fiscal_year(calendar: FiscalCalendarDefined, number: int) -> FiscalYear:
    return fiscal_year(calendar, number)


def _months(day: date, length: int) -> tuple[date, date]:
    """A run of `length` months, the first of them in January or some runs later."""
    first = (day.month - 1) // length * length
    last = first + length
    return date(day.year, first + 1, 1), date(day.year + last // 12, last % 12 + 1, 1)
