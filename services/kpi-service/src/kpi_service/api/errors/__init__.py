"""The only place that knows how a refusal looks over HTTP."""

from __future__ import annotations

from typing import Final

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
from kpi_service.api.errors.intake import intake_full
from kpi_service.api.errors.refused import refused
from kpi_service.application.formats import BodyUnreadable
from kpi_service.application.intake import IntakeFull
from kpi_service.domain.charts import ChartTooFine
from kpi_service.domain.imports.refusals import UnknownImport
from kpi_service.domain.periods import CalendarExceeded, FiscalCalendarMissing

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
        "fiscal-calendar-missing", "Fiscal periods need a fiscal calendar"
    ),
    CalendarExceeded: refused("calendar-exceeded", "The period reaches out of the calendar"),
    UnknownImport: refused("unknown-import", "There is no such import", status=404),
    ChartTooFine: refused("chart-too-fine", "The chart would have too many points"),
    BodyUnreadable: refused(
        "unreadable-readings", "The body is not what its content type says", status=400
    ),
    IntakeFull: intake_full,
}
