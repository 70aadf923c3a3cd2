"""The only place that knows how a refusal looks over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from helmlog_web.problems import Problem, Refusals
from helmlog_web.text import escape

from kpi_service.application.formats import BodyUnreadable
from kpi_service.domain.charts import ChartTooFine
from kpi_service.domain.formula import refusals as formula
from kpi_service.domain.kpi import refusals as kpi
from kpi_service.domain.periods import CalendarExceeded, FiscalCalendarMissing


def _refused(
    slug: str,
    title: str,
    pointer: str | Callable[[Any], str] | None = None,
    *,
    status: int = 422,
) -> Callable[[Exception], Problem]:
    """`pointer` names the field that broke the rule, or says how to tell it from the refusal."""

    def problem(refusal: Exception) -> Problem:
        at = pointer(refusal) if callable(pointer) else pointer
        errors = [] if at is None else [{"pointer": at, "detail": str(refusal)}]
        return Problem(status, slug, title, str(refusal), errors)

    return problem


def _input(refusal: Any) -> str:
    return f"/inputs/{escape(refusal.name)}"


REFUSALS: Final[Refusals] = {
    kpi.KPIUnknown: _refused("unknown-kpi", "There is no such KPI", status=404),
    kpi.AlreadyDefined: _refused("kpi-already-defined", "The KPI is defined", status=409),
    kpi.SlugTaken: _refused("slug-taken", "The slug belongs to another KPI", "/slug", status=409),
    kpi.SlugUnusable: _refused("slug-unusable", "This can't be a slug", "/slug"),
    kpi.TimezoneUnknown: _refused("unknown-timezone", "There is no such timezone", "/timezone"),
    kpi.DurationRefused: _refused(
        "duration-unreadable", "This is no usable duration", lambda refusal: f"/{refusal.field}"
    ),
    kpi.NothingToRevise: _refused("nothing-to-revise", "The revision names no field", ""),
    kpi.RecoveryInsideBreach: _refused(
        "recovery-inside-breach",
        "The recovery bound lies on the bad side",
        lambda refusal: f"/rules/{refusal.place}/recover",
    ),
    kpi.RuleRepeated: _refused(
        "rule-repeated",
        "A severity has one bound a side",
        lambda refusal: f"/rules/{refusal.place}",
    ),
    kpi.RulesOverlap: _refused("rules-overlap", "The rules leave no value good", "/rules"),
    formula.FormulaUnreadable: _refused(
        "formula-unreadable", "The formula can't be read", "/expression"
    ),
    formula.InputNameUnusable: _refused("input-name-unusable", "This can't name an input", _input),
    formula.InputsMissing: _refused(
        "inputs-missing", "The expression names what is not given", "/inputs"
    ),
    formula.InputsUnused: _refused("inputs-unused", "The expression needs fewer inputs", "/inputs"),
    formula.InputUnknown: _refused("unknown-input", "The input is no KPI", _input),
    formula.InputRetired: _refused("input-retired", "The input is measured no more", _input),
    formula.FormulaCircular: _refused(
        "formula-circular", "A KPI can't be made of itself", "/inputs"
    ),
    formula.FormulaTooDeep: _refused("formula-too-deep", "Too many steps of formulas", "/inputs"),
    formula.FormulaTooWide: _refused("formula-too-wide", "Too many KPIs go into it", "/inputs"),
    formula.FormulaNeedsCalendar: _refused(
        "formula-needs-calendar", "A fiscal period needs a fiscal calendar", "/period"
    ),
    formula.FormulaPeriodTooFine: _refused(
        "formula-period-too-fine", "The period is too fine for an input", "/period"
    ),
    formula.UnitsUnlike: _refused("units-unlike", "Unlike things are put together", "/expression"),
    formula.PeriodNotDerived: _refused(
        "period-not-derived", "No formula makes a value then", status=404
    ),
    FiscalCalendarMissing: _refused(
        "fiscal-calendar-missing", "Fiscal periods need a fiscal calendar"
    ),
    CalendarExceeded: _refused("calendar-exceeded", "The period reaches out of the calendar"),
    ChartTooFine: _refused("chart-too-fine", "The chart would have too many points"),
    BodyUnreadable: _refused(
        "unreadable-readings", "The body is not what its content type says", status=400
    ),
}
