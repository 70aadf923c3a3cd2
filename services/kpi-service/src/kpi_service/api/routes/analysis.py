"""What a policy would have said, what bounds fit, how a KPI goes on. Nothing is recorded by it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response
from helmlog_events.contracts.kpi import Period
from helmlog_events.values import Instant, Number
from helmlog_web.commands import CommandContext, Outcome, command_context, execute

from kpi_service.api.dependencies import (
    Reader,
    Services,
    UsedMoment,
    UsedServices,
    up_to_seq,
)
from kpi_service.api.errors import by_route
from kpi_service.api.schemas.backtests import BacktestRequest, BacktestResponse, backtest_response
from kpi_service.api.schemas.forecasts import ForecastResponse, forecast_response
from kpi_service.api.schemas.suggestions import SuggestionResponse, suggestion_response
from kpi_service.application.analysis.analyses import ForecastAsked, Proposal
from kpi_service.application.analysis.backtest import Stretch
from kpi_service.application.handlers import Loaded
from kpi_service.domain.backtest.refusals import WindowsOfSeveral
from kpi_service.domain.backtest.windows import Window
from kpi_service.domain.suggestion.sensitivity import Sensitivity

router = APIRouter(prefix="/v1/kpis/{kpi}", tags=["analysis"])

ReaderCommand = Annotated[CommandContext, Depends(command_context())]
"""Anyone who may read: it is a POST for its body only, and changes nothing."""


@router.post("/backtests", response_model=BacktestResponse, responses=by_route.BACKTEST)
async def backtest_policy(
    kpi: str, body: BacktestRequest, context: ReaderCommand, services: UsedServices
) -> Response:
    """When the policy would have fired over past readings, for how long and at which severity,
    beside what the policies in force say of them; and held to windows that people marked.

    Up to five years and 3,000,000 readings. Nothing is recorded; with an Idempotency-Key, the same
    answer is given again.
    """

    async def decide() -> Outcome:
        loaded = await _load(services, context.tenant, kpi, body.known_at)
        stretch = Stretch(
            context.tenant,
            loaded.kpi.definition.kpi_id,
            body.since,
            body.before,
            body.known_at,
        )
        proposal = Proposal(
            tuple(rule.to_rule() for rule in body.policy.rules),
            body.policy.no_data_after,
            body.policy.on_no_data,
            body.policy.evaluate,
            body.policy.period,
        )
        backtested = await services.analyses.backtest(stretch, loaded.kpi, proposal, _windows(body))
        return Outcome((), 200, backtest_response(stretch, backtested))

    return await execute(services.store, context, decide)


@router.get("/threshold-suggestion", responses=by_route.SUGGEST)
async def suggest_thresholds(
    kpi: str,
    principal: Reader,
    services: UsedServices,
    since: Annotated[Instant, Query(alias="from", description="Observed since.")],
    before: Annotated[Instant, Query(alias="to", description="Observed earlier.")],
    sensitivity: Annotated[Sensitivity, Query(description="How soon it should fire.")] = "medium",
    known_at: Annotated[Instant | None, Query(description="As it was known then.")] = None,
) -> SuggestionResponse:
    """Rules ready to be set, made of what was usual in that time, and how often they would have
    fired in it. Up to five years and 1,500,000 readings.
    """
    loaded = await _load(services, principal.tenant, kpi, known_at)
    stretch = Stretch(principal.tenant, loaded.kpi.definition.kpi_id, since, before, known_at)
    told = await services.analyses.suggest(stretch, loaded.kpi, sensitivity)
    return suggestion_response(stretch, sensitivity, told)


@router.get("/forecast", responses=by_route.FORECAST)
async def forecast_kpi(
    kpi: str,
    principal: Reader,
    moment: UsedMoment,
    services: UsedServices,
    period: Annotated[Period, Query(description="The periods it goes by.")] = "day",
    within: Annotated[
        Period | None,
        Query(description="The longer one whose end is asked for; else the target's."),
    ] = None,
    until: Annotated[Instant | None, Query(description="Also at this instant.")] = None,
    since: Annotated[
        Instant | None, Query(description="Where the span to `until` begins; else now.")
    ] = None,
    target: Annotated[Number | None, Query(description="Instead of the KPI's own.")] = None,
) -> ForecastResponse:
    """Trend, seasons, and what the KPI comes to by the end of the period and by `until`, with
    intervals and the chance of meeting the target, from readings observed before `valid_at`.

    Up to 1,500 periods ahead.
    """
    loaded = await _load(services, principal.tenant, kpi, moment.known_at)
    asked = ForecastAsked(period, within, moment.at, since, until, target)
    tenant, kpi_then, known_at = principal.tenant, loaded.kpi, moment.known_at
    calendar = await services.values.calendar(tenant, kpi_then, known_at)
    told = await services.analyses.forecast(tenant, kpi_then, calendar, asked, known_at)
    return forecast_response(period, moment.at, known_at, told)


async def _load(services: Services, tenant: str, key: str, known_at: Instant | None) -> Loaded:
    return await services.definitions.load_by_key(
        tenant, key, up_to_seq=await up_to_seq(services, known_at)
    )


def _windows(body: BacktestRequest) -> tuple[Window, ...]:
    windows = body.windows
    if isinstance(windows, dict):
        if len(windows) > 1:
            raise WindowsOfSeveral(len(windows))
        windows = next(iter(windows.values()), [])
    return tuple(Window(*pair) for pair in windows or ())
