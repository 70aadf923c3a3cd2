"""The only place that knows how a refusal looks over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from helmlog_web.problems import Problem, Refusals

from kpi_service.application.analysis.analyses import ProposalRefused
from kpi_service.application.analysis.pool import AnalysisBusy, AnalysisLost, AnalysisTooLong
from kpi_service.application.formats import BodyUnreadable
from kpi_service.domain import periods
from kpi_service.domain.backtest import refusals as backtest
from kpi_service.domain.forecast import spans
from kpi_service.domain.kpi import refusals as kpi


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


def _proposal(refused: ProposalRefused) -> Problem:
    """As if the policy were set, its fields under that of the proposal."""
    problem = REFUSALS[type(refused.refusal)](refused.refusal)
    errors = [{**one, "pointer": "/policy" + one["pointer"]} for one in problem.errors]
    return Problem(problem.status, problem.type_slug, problem.title, problem.detail, errors)


def _later(status: int, slug: str, title: str) -> Callable[[Exception], Problem]:
    def problem(refusal: Exception) -> Problem:
        return Problem(status, slug, title, str(refusal), headers={"Retry-After": "5"})

    return problem


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
    ProposalRefused: _proposal,
    backtest.StretchEmpty: _refused("stretch-empty", "It ends before it begins"),
    backtest.StretchTooLong: _refused("stretch-too-long", "The stretch is too long"),
    backtest.TooManyReadings: _refused("too-many-readings", "There are too many readings"),
    backtest.WindowOutside: _refused(
        "window-outside",
        "The window does not lie in the stretch",
        lambda refusal: f"/windows/{refusal.place}",
    ),
    backtest.WindowsOfSeveral: _refused(
        "windows-of-several", "The windows are those of several series", "/windows"
    ),
    spans.PeriodsDontTile: _refused("periods-dont-tile", "One period is not made of the other"),
    spans.HorizonTooFar: _refused("horizon-too-far", "That is too many periods"),
    spans.UntilNotAhead: _refused("until-not-ahead", "There is nothing left to foretell"),
    periods.FiscalCalendarMissing: _refused(
        "fiscal-calendar-missing", "There is no fiscal calendar to cut by"
    ),
    periods.CalendarExceeded: _refused("calendar-exceeded", "There are no such periods"),
    AnalysisBusy: _later(429, "analysis-busy", "Too much is asked at once"),
    AnalysisLost: _later(503, "analysis-lost", "It was not reckoned to its end"),
    AnalysisTooLong: _refused("analysis-too-long", "It takes too long"),
    BodyUnreadable: _refused(
        "unreadable-readings", "The body is not what its content type says", status=400
    ),
}
