"""How refusals of formulas look over HTTP."""

from __future__ import annotations

from typing import Any, Final

from helmlog_web.problems import Refusals
from helmlog_web.text import escape

from kpi_service.api.errors.refused import refused
from kpi_service.domain.formula import refusals as formula


def _input(refusal: Any) -> str:
    return f"/inputs/{escape(refusal.name)}"


REFUSALS: Final[Refusals] = {
    formula.FormulaUnreadable: refused(
        "formula-unreadable", "The formula can't be read", "/expression"
    ),
    formula.InputNameUnusable: refused("input-name-unusable", "This can't name an input", _input),
    formula.InputsMissing: refused(
        "inputs-missing", "The expression names what is not given", "/inputs"
    ),
    formula.InputsUnused: refused("inputs-unused", "The expression needs fewer inputs", "/inputs"),
    formula.InputUnknown: refused("unknown-input", "The input is no KPI", _input),
    formula.InputRetired: refused("input-retired", "The input is measured no more", _input),
    formula.FormulaCircular: refused(
        "formula-circular", "A KPI can't be made of itself", "/inputs"
    ),
    formula.FormulaTooDeep: refused("formula-too-deep", "Too many steps of formulas", "/inputs"),
    formula.FormulaTooWide: refused("formula-too-wide", "Too many KPIs go into it", "/inputs"),
    formula.FormulaPeriodTooFine: refused(
        "formula-period-too-fine", "The period is too fine for an input", "/period"
    ),
    formula.UnitsUnlike: refused("units-unlike", "Unlike things are put together", "/expression"),
    formula.PeriodNotDerived: refused(
        "period-not-derived", "No formula makes a value then", status=404
    ),
}
