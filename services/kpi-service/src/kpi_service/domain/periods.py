"""Periods of the calendar, or of a fiscal one, in a KPI's timezone.

The periods of a kind follow one another without gap or overlap, whatever the clocks do.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import assert_never
from zoneinfo import ZoneInfo

from helmlog_events.contracts.kpi import Period
from helmlog_events.contracts.okr import FiscalCalendarDefined
from helmlog_events.fiscal import FiscalYear, fiscal_year

HOUR = timedelta(hours=1)


class FiscalCalendarMissing(LookupError):
    """A fiscal period is asked for, and no fiscal calendar is known."""


@dataclass(frozen=True, slots=True)
class Span:
    """From `starts_at` on, before `ends_at`, both in UTC."""

    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Calendar:
    """How time is cut: where, and by which fiscal year."""

    timezone: ZoneInfo
    fiscal: FiscalCalendarDefined | None = None

    def span_of(self, period: Period, moment: datetime) -> Span:
        """The period `moment` lies in. Raises `FiscalCalendarMissing`."""
        if period == "hour":
            return self._hour(moment)
        first, after = self._days(period, moment.astimezone(self.timezone).date())
        return Span(self._midnight(first), self._midnight(after))

    def spans(self, period: Period, since: datetime, before: datetime) -> Iterator[Span]:
        """Those that `since..before` touches, in order. Raises `FiscalCalendarMissing`."""
        moment = since
        while moment < before:
            span = self.span_of(period, moment)
            yield span
            moment = span.ends_at

    def _hour(self, moment: datetime) -> Span:
        # Cut from the day's first moment on, so that hours tile the days of 23 to 25 of them.
        midnight = self._midnight(moment.astimezone(self.timezone).date())
        starts_at = midnight + (moment - midnight) // HOUR * HOUR
        tomorrow = self._midnight(moment.astimezone(self.timezone).date() + timedelta(days=1))
        return Span(starts_at, min(starts_at + HOUR, tomorrow))

    def _midnight(self, day: date) -> datetime:
        return datetime.combine(day, time.min, self.timezone).astimezone(UTC)

    def _days(self, period: Period, day: date) -> tuple[date, date]:
        """The first day of the period `day` lies in, and the first one after it."""
        match period:
            case "hour" | "day":
                return day, day + timedelta(days=1)
            case "week":
                monday = day - timedelta(days=day.weekday())
                return monday, monday + timedelta(weeks=1)
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
        return span.starts_on, span.ends_on + timedelta(days=1)

    def _fiscal_year_of(self, day: date) -> FiscalYear:
        if self.fiscal is None:
            raise FiscalCalendarMissing
        for number in (day.year, day.year + 1, day.year - 1):
            year = fiscal_year(self.fiscal, number)
            if year.span.starts_on <= day <= year.span.ends_on:
                return year
        raise FiscalCalendarMissing


def _months(day: date, length: int) -> tuple[date, date]:
    """A run of `length` months, the first of them in January or some runs later."""
    first = (day.month - 1) // length * length
    last = first + length
    return date(day.year, first + 1, 1), date(day.year + last // 12, last % 12 + 1, 1)
