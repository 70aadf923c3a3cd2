"""The only place that knows how a refusal looks over HTTP."""

from __future__ import annotations

from typing import Any, Final

from helmlog_web import documented
from helmlog_web.documented import ToldRefusal
from helmlog_web.problems import Refusals
from helmlog_web.tables import TABLE_REFUSALS

from kpi_service.api.errors import (
    analysis,
    breaches,
    catalogue,
    definitions,
    formulas,
    policies,
    sources,
)
from kpi_service.api.errors.intake import INTAKE_FULL
from kpi_service.api.errors.refused import refused
from kpi_service.application.formats import BodyUnreadable
from kpi_service.application.intake import IntakeFull
from kpi_service.domain.charts import ChartTooFine
from kpi_service.domain.imports.refusals import UnknownImport
from kpi_service.domain.periods import CalendarExceeded, FiscalCalendarMissing
from kpi_service.domain.stretches import StretchEmpty

REFUSALS: Final[Refusals] = {
    **definitions.REFUSALS,
    **catalogue.REFUSALS,
    **policies.REFUSALS,
    **breaches.REFUSALS,
    **analysis.REFUSALS,
    **sources.REFUSALS,
    **formulas.REFUSALS,
    **TABLE_REFUSALS,
    FiscalCalendarMissing: refused(
        "fiscal-calendar-missing",
        "Fiscal periods need a fiscal calendar",
        lambda refusal: f"/{refusal.field}",
    ),
    CalendarExceeded: refused(
        "calendar-exceeded",
        "The period reaches out of the calendar",
        lambda refusal: f"/{refusal.field}",
    ),
    StretchEmpty: refused("stretch-empty", "It ends before it begins", "/to"),
    UnknownImport: refused("unknown-import", "There is no such import", status=404),
    ChartTooFine: refused("chart-too-fine", "The chart would have too many points", "/bucket"),
    BodyUnreadable: refused(
        "unreadable-readings", "The body is not what its content type says", status=400
    ),
    IntakeFull: INTAKE_FULL,
}


def refuses(*refusals: type[Exception] | ToldRefusal) -> dict[int | str, dict[str, Any]]:
    """The `responses` of a route that answers so, beside what every operation of its kind does.

    Raises `TypeError` for a refusal whose problem is not known beforehand.
    """
    return documented.refuses(*map(_told, refusals))


def _told(refusal: type[Exception] | ToldRefusal) -> ToldRefusal:
    if not isinstance(refusal, type):
        return refusal
    problem: Any = REFUSALS[refusal]
    if not isinstance(problem, ToldRefusal):
        raise TypeError(f"the problem of {refusal.__name__} depends on more than its class")
    return problem
