from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response
from helmlog_web.commands import CommandContext, Outcome, execute

from okr_service.api.dependencies import (
    Command,
    Services,
    UsedServices,
    as_it_stands,
)
from okr_service.api.outcomes import cycle_outcome, existing
from okr_service.api.schemas.advice import advice_responses
from okr_service.api.schemas.cycles import (
    ClosedCycleResponse,
    CycleResponse,
    ReopenRequest,
    cycle_fields,
)
from okr_service.application.open_objectives import open_objectives
from okr_service.domain.cycle.commands import (
    ActivateCycle,
    CloseCycle,
    CycleStep,
    ReopenCycle,
    StartReview,
)
from okr_service.domain.cycle.refusals import ObjectivesOpen
from okr_service.domain.guidance import advise_on_closing

router = APIRouter(prefix="/v1/cycles", tags=["cycles"])


@router.post("/{cycle_id}:activate", response_model=CycleResponse)
async def activate_cycle(cycle_id: UUID, context: Command, services: UsedServices) -> Response:
    return await _step(ActivateCycle(cycle_id, context.now), context, services)


@router.post("/{cycle_id}:review", response_model=CycleResponse)
async def review_cycle(cycle_id: UUID, context: Command, services: UsedServices) -> Response:
    return await _step(StartReview(cycle_id, context.now), context, services)


@router.post("/{cycle_id}:close", response_model=ClosedCycleResponse)
async def close_cycle(
    cycle_id: UUID,
    context: Command,
    services: UsedServices,
    strict: Annotated[bool, Query(description="Refuse while objectives are open.")] = False,
) -> Response:
    """Closes it, and warns of each objective that is still open: it stays as it is, and takes late
    corrections only. Cycles that lie in this one must not be running.
    """
    command = CloseCycle(cycle_id, context.now)

    async def decide() -> Outcome:
        result = await services.cycles.step(context.tenant, command)
        outcome = cycle_outcome(result, context)
        board = await services.boards.at(context.tenant, cycle_id, as_it_stands(context))
        still_open = await open_objectives(services.streams, context.tenant, board)
        if strict and still_open and result.writes:
            raise ObjectivesOpen([item.facts.definition.title for item in still_open])
        body = ClosedCycleResponse(
            **cycle_fields(existing(result), result.version, context.now),
            warnings=advice_responses(advise_on_closing(still_open)),
        )
        return Outcome(outcome.writes, outcome.status, body, version=outcome.version)

    return await execute(services.store, context, decide)


@router.post("/{cycle_id}:reopen", response_model=CycleResponse)
async def reopen_cycle(
    cycle_id: UUID, body: ReopenRequest, context: Command, services: UsedServices
) -> Response:
    return await _step(ReopenCycle(cycle_id, body.reason, context.now), context, services)


async def _step(command: CycleStep, context: CommandContext, services: Services) -> Response:
    async def decide() -> Outcome:
        return cycle_outcome(await services.cycles.step(context.tenant, command), context)

    return await execute(services.store, context, decide)
