from __future__ import annotations

from datetime import date
from typing import Literal

from helmlog_events.contracts.okr import FiscalCalendarDefined, FiscalPattern, Weekday
from helmlog_events.fiscal import FiscalYear, Span
from helmlog_web.schemas import RequestModel, ResponseModel
from helmlog_web.text import Slug, Title
from pydantic import Field, StrictInt


class FiscalCalendarRequest(RequestModel):
    """Twelve months from `first_month` on; or 52 or 53 weeks, which end on the last
    `ends_on_weekday` of the month before it.
    """

    name: Title
    pattern: FiscalPattern = "months"
    first_month: StrictInt = Field(default=1, ge=1, le=12)
    named_by: Literal["start", "end"] = Field(
        default="end", description="The calendar year in which the twelve months start or end."
    )
    ends_on_weekday: Weekday | None = None

    def definition(self, slug: Slug) -> FiscalCalendarDefined:
        return FiscalCalendarDefined(
            slug=slug,
            name=self.name,
            pattern=self.pattern,
            first_month=self.first_month,
            named_by=self.named_by,
            ends_on_weekday=self.ends_on_weekday,
        )


class FiscalCalendarResponse(ResponseModel):
    slug: str
    name: str
    pattern: FiscalPattern
    first_month: int
    named_by: Literal["start", "end"]
    ends_on_weekday: Weekday | None
    version: int


class PeriodResponse(ResponseModel):
    number: int
    starts_on: date
    ends_on: date
    days: int


class FiscalYearResponse(ResponseModel):
    """`periods` are the twelve months, or what stands for them in a pattern of weeks."""

    calendar: str
    year: int
    starts_on: date
    ends_on: date
    days: int
    quarters: list[PeriodResponse]
    periods: list[PeriodResponse]


def fiscal_calendar_response(
    calendar: FiscalCalendarDefined, version: int
) -> FiscalCalendarResponse:
    fields = {name: getattr(calendar, name) for name in FiscalCalendarDefined.model_fields}
    return FiscalCalendarResponse(**fields, version=version)


def fiscal_year_response(slug: str, year: FiscalYear) -> FiscalYearResponse:
    return FiscalYearResponse(
        calendar=slug,
        year=year.year,
        starts_on=year.span.starts_on,
        ends_on=year.span.ends_on,
        days=year.span.days,
        quarters=_numbered(year.quarters),
        periods=_numbered(year.periods),
    )


def _numbered(spans: tuple[Span, ...]) -> list[PeriodResponse]:
    return [
        PeriodResponse(
            number=number, starts_on=span.starts_on, ends_on=span.ends_on, days=span.days
        )
        for number, span in enumerate(spans, start=1)
    ]
