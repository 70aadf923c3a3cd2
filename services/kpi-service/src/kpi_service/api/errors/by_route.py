"""Which rules each operation can break, for the OpenAPI document."""

from __future__ import annotations

from typing import Final

from helmlog_web.documented import Told
from helmlog_web.tables import TABLE_REFUSALS

from kpi_service.api.errors import refuses
from kpi_service.api.errors.intake import INTAKE_FULL_FOR_NOW
from kpi_service.application.analysis.pool import AnalysisBusy, AnalysisLost, AnalysisTooLong
from kpi_service.application.formats import BodyUnreadable
from kpi_service.application.intake import IntakeFull
from kpi_service.domain.backtest import refusals as backtest
from kpi_service.domain.breach import refusals as breach
from kpi_service.domain.catalogue import refusals as catalogue
from kpi_service.domain.charts import ChartTooFine
from kpi_service.domain.forecast import spans
from kpi_service.domain.formula import refusals as formula
from kpi_service.domain.imports.refusals import UnknownImport
from kpi_service.domain.kpi import refusals as kpi
from kpi_service.domain.periods import CalendarExceeded, FiscalCalendarMissing
from kpi_service.domain.source import refusals as source
from kpi_service.domain.stretches import StretchEmpty

_ANALYSIS: Final = (AnalysisBusy, AnalysisLost, AnalysisTooLong)
_CALENDAR: Final = (FiscalCalendarMissing, CalendarExceeded)
_STRETCH: Final = (StretchEmpty, backtest.StretchTooLong, backtest.TooManyReadings)
_POLICY: Final = (
    kpi.DurationRefused,
    kpi.FiscalCalendarNeeded,
    kpi.PeriodAmiss,
    kpi.RecoveryInsideBreach,
    kpi.RuleRepeated,
    kpi.RulesOverlap,
)
_FORMULA: Final = (
    kpi.FiscalCalendarNeeded,
    formula.FormulaCircular,
    formula.FormulaPeriodTooFine,
    formula.FormulaTooDeep,
    formula.FormulaTooWide,
    formula.FormulaUnreadable,
    formula.InputNameUnusable,
    formula.InputRetired,
    formula.InputUnknown,
    formula.InputsMissing,
    formula.InputsUnused,
    formula.UnitsUnlike,
)
_SOURCE: Final = (
    source.MappingNotAllowed,
    source.MappingRepeated,
    source.MappingWithoutLabels,
    source.SourceKPIUnknown,
)
_DEFINITION: Final = (
    kpi.CounterNotSummed,
    kpi.DurationRefused,
    kpi.SlugTaken,
    kpi.SlugUnusable,
    kpi.TimezoneUnknown,
)

OF_KPI: Final = refuses(kpi.KPIUnknown)
DEFINE: Final = refuses(*_DEFINITION, kpi.ParentUnknown)
REVISE: Final = refuses(
    kpi.KPIUnknown,
    kpi.BandsStand,
    kpi.DurationRefused,
    kpi.FiscalCalendarUsed,
    kpi.NothingToRevise,
    kpi.ParentUnknown,
    kpi.PartOfItself,
)
SET_POLICY: Final = refuses(kpi.KPIUnknown, *_POLICY)
SET_TARGET: Final = refuses(
    kpi.KPIUnknown,
    kpi.BandNotWithin,
    kpi.BandOfBudget,
    kpi.BandReversed,
    kpi.FiscalCalendarNeeded,
)
WITHDRAW_TARGET: Final = refuses(kpi.KPIUnknown, kpi.NoTargetToWithdraw)
RETIRE: Final = refuses(kpi.KPIUnknown, kpi.AlreadyRetired)
REVIVE: Final = refuses(kpi.KPIUnknown, kpi.NotRetired)
SET_FORMULA: Final = refuses(kpi.KPIUnknown, *_FORMULA)
LINEAGE: Final = refuses(kpi.KPIUnknown, formula.PeriodNotDerived)

READINGS: Final = refuses(kpi.KPIUnknown, StretchEmpty)
RECORD: Final = refuses(BodyUnreadable, IntakeFull, Told(408, "body-too-slow"))
WRITE_REMOTELY: Final = refuses(
    BodyUnreadable,
    Told(400, "samples-rejected"),
    Told(403, "key-needed"),
    INTAKE_FULL_FOR_NOW,
)
VALUES: Final = refuses(kpi.KPIUnknown, StretchEmpty, *_CALENDAR)
CHART: Final = refuses(kpi.KPIUnknown, StretchEmpty, ChartTooFine, kpi.DurationRefused)

BREACHES: Final = refuses(kpi.KPIUnknown, StretchEmpty)
BREACH: Final = refuses(breach.BreachUnknown)
DEAL: Final = refuses(breach.BreachUnknown, breach.BreachWithdrawn)
SILENCE: Final = refuses(
    breach.BreachUnknown, breach.BreachWithdrawn, breach.BreachOver, breach.SilenceEnded
)
ANNOTATE: Final = refuses(breach.BreachUnknown, breach.BreachWithdrawn, breach.NothingToAnnotate)

BACKTEST: Final = refuses(
    kpi.KPIUnknown,
    backtest.WindowOutside,
    backtest.WindowsOfSeveral,
    *_STRETCH,
    *_POLICY,
    *_ANALYSIS,
)
SUGGEST: Final = refuses(kpi.KPIUnknown, *_STRETCH, *_ANALYSIS)
FORECAST: Final = refuses(
    kpi.KPIUnknown,
    spans.HorizonTooFar,
    spans.PeriodsDontTile,
    spans.UntilNotAhead,
    *_CALENDAR,
    *_ANALYSIS,
)

IMPORT: Final = refuses(*TABLE_REFUSALS)
OF_IMPORT: Final = refuses(UnknownImport)
OF_TEMPLATE: Final = refuses(catalogue.UnknownTemplate)
ADOPT: Final = refuses(
    catalogue.UnknownTemplate,
    catalogue.InputNotInTemplate,
    catalogue.InputNotThere,
    *_DEFINITION,
    *_FORMULA,
)

OF_SOURCE: Final = refuses(source.SourceUnknown)
REGISTER: Final = refuses(source.SourceNameKept, source.SourceNameTaken, *_SOURCE)
REVISE_SOURCE: Final = refuses(source.SourceUnknown, source.SourceIsRevoked, *_SOURCE)
ROTATE_KEY: Final = refuses(
    source.SourceUnknown, source.SourceIsRevoked, source.OverlapTooLong, kpi.DurationRefused
)
