"""How refusals of backtests, suggestions and forecasts look over HTTP."""

from __future__ import annotations

from typing import Final

from helmlog_web.problems import Problem, Refusals

from kpi_service.api.errors.policies import REFUSALS as POLICIES
from kpi_service.api.errors.refused import refused
from kpi_service.application.analysis.analyses import ProposalRefused
from kpi_service.application.analysis.pool import AnalysisBusy, AnalysisLost, AnalysisTooLong
from kpi_service.domain.backtest import refusals as backtest
from kpi_service.domain.forecast import spans


def _proposal(refused: ProposalRefused) -> Problem:
    """As if the policy were set, its fields under that of the proposal."""
    problem = POLICIES[type(refused.refusal)](refused.refusal)
    errors = [
        {**one, "pointer": "#/policy" + one["pointer"].removeprefix("#")} for one in problem.errors
    ]
    return Problem(problem.status, problem.type_slug, problem.title, problem.detail, errors)


REFUSALS: Final[Refusals] = {
    ProposalRefused: _proposal,
    backtest.StretchTooLong: refused("stretch-too-long", "The stretch is too long", "/to"),
    backtest.TooManyReadings: refused("too-many-readings", "There are too many readings", "/to"),
    backtest.WindowOutside: refused(
        "window-outside",
        "The window does not lie in the stretch",
        lambda refusal: f"/windows/{refusal.place}",
    ),
    backtest.WindowsOfSeveral: refused(
        "windows-of-several", "The windows are those of several series", "/windows"
    ),
    spans.PeriodsDontTile: refused(
        "periods-dont-tile", "One period is not made of the other", "/within"
    ),
    spans.HorizonTooFar: refused("horizon-too-far", "That is too many periods", "/period"),
    spans.UntilNotAhead: refused("until-not-ahead", "There is nothing left to foretell", "/until"),
    AnalysisBusy: refused("analysis-busy", "Too much is asked at once", status=429, retry_after=5),
    AnalysisLost: refused(
        "analysis-lost", "It was not reckoned to its end", status=503, retry_after=5
    ),
    AnalysisTooLong: refused("analysis-too-long", "It takes too long"),
}
