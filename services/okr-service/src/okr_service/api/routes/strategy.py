from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response
from helmlog_events.contracts.okr import Pillar, Value
from helmlog_web.commands import Outcome, check_if_match, execute
from helmlog_web.reads import etag

from okr_service.api.dependencies import Command, Reader, UsedCut, UsedServices, seen
from okr_service.api.schemas.strategy import (
    StrategyCoverageResponse,
    StrategyHistoryResponse,
    StrategyRequest,
    StrategyResponse,
    coverage_response,
    stated_strategy_response,
    strategy_response,
)
from okr_service.application.cycles import load_cycle
from okr_service.application.strategy import load_strategy
from okr_service.domain.strategy.coverage import cover
from okr_service.domain.strategy.decide import StateStrategy
from okr_service.domain.strategy.refusals import StrategyNotStated

router = APIRouter(prefix="/v1/strategy", tags=["strategy"])


@router.put("", response_model=StrategyResponse)
async def state_strategy(
    body: StrategyRequest, context: Command, services: UsedServices
) -> Response:
    """The whole of it, as it holds from `effective_from` until what is stated of later."""
    command = StateStrategy(
        mission=body.mission,
        values=tuple(
            Value(slug=value.slug, name=value.name, description=value.description)
            for value in body.values
        ),
        pillars=tuple(
            Pillar(slug=pillar.slug, name=pillar.name, description=pillar.description)
            for pillar in body.pillars
        ),
        reason=body.reason,
        since=body.effective_from or context.now,
    )

    async def decide() -> Outcome:
        result = await services.strategy.state(context.tenant, command, context.actor)
        check_if_match(context, result.stood_at)
        stated = result.state.at(command.since)
        if stated is None:
            raise TypeError("what was stated holds since then")
        return Outcome(
            result.writes, 200, strategy_response(stated, result.version), version=result.version
        )

    return await execute(services.store, context, decide)


@router.get("")
async def read_strategy(
    principal: Reader, cut: UsedCut, services: UsedServices, response: Response
) -> StrategyResponse:
    loaded = await load_strategy(services.streams, principal.tenant, cut)
    stated = loaded.state.at(cut.moment)
    if stated is None:
        raise StrategyNotStated
    response.headers["ETag"] = etag(loaded.version)
    return strategy_response(stated, loaded.version)


@router.get("/history")
async def read_strategy_history(
    principal: Reader, cut: UsedCut, services: UsedServices
) -> StrategyHistoryResponse:
    records = await services.strategy.history(principal.tenant, cut)
    return StrategyHistoryResponse(items=[stated_strategy_response(record) for record in records])


@router.get("/coverage", dependencies=[seen])
async def read_strategy_coverage(
    principal: Reader,
    cut: UsedCut,
    services: UsedServices,
    cycle_id: Annotated[UUID, Query()],
) -> StrategyCoverageResponse:
    """Which objectives of a cycle serve what, by the strategy as it was on the cycle's clock."""
    cycle = await load_cycle(services.streams, principal.tenant, cycle_id, cut)
    strategy = await load_strategy(services.streams, principal.tenant, cut)
    board = await services.boards.at(principal.tenant, cycle_id, cut)
    stated = strategy.state.at(cycle.state.facts.course.clock(cut.moment))
    return coverage_response(
        cycle_id, cover(stated, (sheet.objective for sheet in board.objectives()))
    )
