"""How an objective ends, and how it goes on."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from uuid import UUID

from fastapi import APIRouter, Response
from helmlog_events.ids import new_id
from helmlog_web.commands import CommandContext, Outcome, check_if_match, execute

from okr_service.api.dependencies import Command, Services, UsedServices, as_it_stands
from okr_service.api.schemas.objectives import (
    ObjectiveResponse,
    objective_fields,
    objective_response,
)
from okr_service.api.schemas.outcomes import (
    CarryOverRequest,
    CloneRequest,
    CloseObjectiveRequest,
    CopiedObjectiveResponse,
    GradeObjectiveRequest,
    origin_response,
    skipped_responses,
)
from okr_service.application.closing import (
    Closing,
    DecidedSheet,
    close_objective,
    grade_objective,
)
from okr_service.application.copying import (
    Copied,
    Copying,
    carry_over_objective,
    clone_objective,
)
from okr_service.application.key_results import Contributions
from okr_service.application.objectives import load_objective
from okr_service.application.streams import Loaded, Streams
from okr_service.domain.cycle.state import Cycle
from okr_service.domain.objective.state import Objective

_End = Callable[
    [Streams, Contributions, str, Loaded[Objective], Cycle, Closing, datetime],
    Awaitable[DecidedSheet],
]

router = APIRouter(prefix="/v1/objectives", tags=["objectives"])


@router.post("/{objective_id}:grade", response_model=ObjectiveResponse)
async def grade(
    objective_id: UUID, body: GradeObjectiveRequest, context: Command, services: UsedServices
) -> Response:
    """Before it is closed; as its key results suggest, unless a grade is given with a reason."""
    return await _end(objective_id, grade_objective, body.closing(), context, services)


@router.post("/{objective_id}:close", response_model=ObjectiveResponse)
async def close(
    objective_id: UUID, body: CloseObjectiveRequest, context: Command, services: UsedServices
) -> Response:
    """Grades what is not graded yet, its key results too, and closes it as the grade says."""
    return await _end(objective_id, close_objective, body.closing(), context, services)


@router.post("/{objective_id}:carry-over", status_code=201, response_model=CopiedObjectiveResponse)
async def carry_over(
    objective_id: UUID, body: CarryOverRequest, context: Command, services: UsedServices
) -> Response:
    """What is left of it goes on as a draft in another cycle; it is closed as carried over.

    `If-Match` is the version of the objective left behind; the ETag answered is the new one's.
    """
    asked = Copying(
        objective_id=new_id(),
        to_cycle_id=body.to_cycle_id,
        title=body.title,
        targets={target.key_result_id: target.target for target in body.targets},
    )

    async def decide() -> Outcome:
        origin = await load_objective(
            services.streams, context.tenant, objective_id, as_it_stands(context)
        )
        check_if_match(context, origin[0].version)
        copied = await carry_over_objective(
            services.streams,
            services.boards,
            context.tenant,
            origin,
            asked,
            body.closing(),
            context.now,
        )
        return _copied(copied, context)

    return await execute(services.store, context, decide)


@router.post("/{objective_id}:clone", status_code=201, response_model=CopiedObjectiveResponse)
async def clone(
    objective_id: UUID, body: CloneRequest, context: Command, services: UsedServices
) -> Response:
    """A draft like it, without its scores, whatever became of it.

    `If-Match` is the version of the objective copied; the ETag answered is the new one's.
    """
    asked = Copying(
        objective_id=new_id(),
        to_cycle_id=body.to_cycle_id,
        title=body.title,
        with_key_results=body.with_key_results,
    )

    async def decide() -> Outcome:
        origin = await load_objective(
            services.streams, context.tenant, objective_id, as_it_stands(context)
        )
        check_if_match(context, origin[0].version)
        copied = await clone_objective(
            services.streams, services.boards, context.tenant, origin, asked, context.now
        )
        return _copied(copied, context)

    return await execute(services.store, context, decide)


async def _end(
    objective_id: UUID,
    end: _End,
    asked: Closing,
    context: CommandContext,
    services: Services,
) -> Response:
    async def decide() -> Outcome:
        objective, cycle = await load_objective(
            services.streams, context.tenant, objective_id, as_it_stands(context)
        )
        check_if_match(context, objective.version)
        result = await end(
            services.streams,
            services.boards,
            context.tenant,
            objective,
            cycle.state,
            asked,
            context.now,
        )
        body = objective_response(result.sheet, cycle.state, context.now)
        writes = (*result.writes, cycle.guard)
        return Outcome(writes, 200, body, version=result.sheet.version)

    return await execute(services.store, context, decide)


def _copied(copied: Copied, context: CommandContext) -> Outcome:
    body = CopiedObjectiveResponse(
        **objective_fields(copied.sheet, copied.cycle, context.now),
        copied_from=origin_response(copied.origin),
        skipped=skipped_responses(copied.skipped),
    )
    return Outcome(
        copied.writes, 201, body, f"/v1/objectives/{body.id}", version=copied.sheet.version
    )
