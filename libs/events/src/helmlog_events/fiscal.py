"""Fiscal years: of twelve months from any month on, or of 52 or 53 weeks.

A fiscal year belongs to the twelve calendar months from `first_month` on, and is named by the
calendar year in which those start or end. In a pattern of weeks it ends on the last given weekday
of their last month, so that it starts up to six days before them or up to a day after the last.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from helmlog_events.contracts.okr import FiscalCalendarDefined, FiscalPattern, Weekday

WEEKDAYS: Final[tuple[Weekday, ...]] = (
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
)
_WEEKS: Final[dict[FiscalPattern, tuple[int, int, int]]] = {
    "4-4-5": (4, 4, 5),
    "4-5-4": (4, 5, 4),
    "5-4-4": (5, 4, 4),
}
_MONTHS: Final = 12


@dataclass(frozen=True, slots=True)
class Span:
    """Days from `starts_on` to `ends_on`, both included."""

    starts_on: date
    ends_on: date

    @property
    def days(self) -> int:
        return (self.ends_on - self.starts_on).days + 1


@dataclass(frozen=True, slots=True)
class FiscalYear:
    """The year with its four quarters and its twelve periods: months, or four or five weeks."""

    year: int
    span: Span
    quarters: tuple[Span, ...]
    periods: tuple[Span, ...]


def fiscal_year(calendar: FiscalCalendarDefined, year: int) -> FiscalYear:
    """Years 2 to 9997."""
    periods = tuple(_periods(calendar, year))
    quarters = tuple(
        Span(periods[first].starts_on, periods[first + 2].ends_on) for first in range(0, _MONTHS, 3)
    )
    return FiscalYear(year, Span(periods[0].starts_on, periods[-1].ends_on), quarters, periods)


def _periods(calendar: FiscalCalendarDefined, year: int) -> Iterator[Span]:
    """Twelve, each beginning where the one before ended; a 53rd week belongs to the last."""
    last = _last_day(calendar, year)
    begins = _last_day(calendar, year - 1) + timedelta(days=1)
    for number in range(1, _MONTHS + 1):
        ends = last if number == _MONTHS else _end_of_period(calendar, begins, number)
        yield Span(begins, ends)
        begins = ends + timedelta(days=1)


def _end_of_period(calendar: FiscalCalendarDefined, begins: date, number: int) -> date:
    if calendar.pattern == "months":
        return _end_of_month(begins.year, begins.month)
    return begins + timedelta(weeks=_WEEKS[calendar.pattern][(number - 1) % 3], days=-1)


def _last_day(calendar: FiscalCalendarDefined, year: int) -> date:
    starts_before = calendar.first_month > 1 and calendar.named_by == "start"
    month = (calendar.first_month - 2) % _MONTHS + 1
    month_end = _end_of_month(year + 1 if starts_before else year, month)
    if calendar.ends_on_weekday is None:
        return month_end
    back = (month_end.weekday() - WEEKDAYS.index(calendar.ends_on_weekday)) % 7
    return month_end - timedelta(days=back)


def _end_of_month(year: int, month: int) -> date:
    return date(year, month, monthrange(year, month)[1])
