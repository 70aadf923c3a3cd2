from __future__ import annotations

from collections.abc import Callable
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response
from helmlog_events.contracts.okr import ObjectiveLevel
from helmlog_events.ids import new_id
from helmlog_web.commands import CommandContext, Outcome, check_if_match, execute
from helmlog_web.reads import Cursor, Limit, Page, decode_cursor, encode_cursor, etag

from okr_service.api.dependencies import (
    Command,
    Reader,
    Services,
    UsedCut,
    UsedServices,
    as_it_stands,
    seen,
)
from okr_service.api.schemas.objectives import (
    CloseObjectiveRequest,
    DeclineRequest,
    ObjectiveRequest,
    ObjectiveResponse,
    objective_response,
)
from okr_service.application.key_results import load_sheet
from okr_service.application.objectives import load_objective
from okr_service.application.streams import Loaded
from okr_service.domain.cycle.state import Cycle
from okr_service.domain.guidance import advise_on_owner
from okr_service.domain.objective.decide import (
    AcceptObjective,
    CloseObjective,
    DeclineObjective,
    DraftObjective,
    ObjectiveStep,
    ProposeObjective,
)
from okr_service.domain.objective.state import NoObjective, ObjectiveStateName
from okr_service.domain.sheet import ObjectiveSheet
from okr_service.readmodel.queries import ObjectiveFilter

router = APIRouter(prefix="/v1/objectives", tags=["objectives"])


@router.post("", status_code=201, response_model=ObjectiveResponse)
async def draft_objective(
    body: ObjectiveRequest, context: Command, services: UsedServices
) -> Response:
    objective_id = new_id()

    async def decide() -> Outcome:
        cycle = await services.objectives.cycle_to_plan_in(context.tenant, body.cycle_id)
        command = DraftObjective(
            objective_id=objective_id,
            cycle=cycle.state,
            definition=body.definition(),
            origin=body.origin,
        )
        result = await services.objectives.draft(context.tenant, command, context.now)
        if isinstance(result.state, NoObjective):
            raise TypeError("a decided command leaves an objective behind")
        advice = []
        if body.owner is not None:
            others = await services.queries.count_objectives(
                context.tenant, body.cycle_id, body.owner, as_it_stands(context)
            )
            advice = advise_on_owner(others + 1)
        sheet = ObjectiveSheet(result.state, result.version, ())
        response = objective_response(sheet, cycle.state, context.now, advice)
        location = f"/v1/objectives/{objective_id}"
        return Outcome((*result.writes, cycle.guard), 201, response, location, result.version)

    return await execute(services.store, context, decide)


@router.get("", dependencies=[seen])
async def list_objectives(
    principal: Reader,
    cut: UsedCut,
    services: UsedServices,
    cycle_id: Annotated[UUID | None, Query()] = None,
    owner: Annotated[str | None, Query(max_length=100)] = None,
    team: Annotated[str | None, Query(max_length=100)] = None,
    level: Annotated[ObjectiveLevel | None, Query()] = None,
    state: Annotated[ObjectiveStateName | None, Query()] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Page[ObjectiveResponse]:
    """In the order they were drafted."""
    after = None if cursor is None else decode_cursor(cursor, UUID)[0]
    found = await services.queries.list_objectives(
        principal.tenant,
        ObjectiveFilter(cycle_id=cycle_id, owner=owner, team=team, level=level, state=state),
        cut,
        after=after,
        limit=limit + 1,
    )
    items = [objective_response(item.sheet, item.cycle, cut.moment) for item in found[:limit]]
    return Page(
        items=items, next_cursor=encode_cursor([items[-1].id]) if len(found) > limit else None
    )


@router.get("/{objective_id}")
async def read_objective(
    objective_id: UUID, principal: Reader, cut: UsedCut, services: UsedServices, response: Response
) -> ObjectiveResponse:
    loaded, cycle = await load_objective(services.streams, principal.tenant, objective_id, cut)
    sheet = await load_sheet(services.streams, principal.tenant, loaded, cut)
    response.headers["ETag"] = etag(loaded.version)
    return objective_response(sheet, cycle.state, cut.moment)


@router.post("/{objective_id}:propose", response_model=ObjectiveResponse)
async def propose_objective(
    objective_id: UUID, context: Command, services: UsedServices
) -> Response:
    return await _step(
        objective_id, lambda cycle: ProposeObjective(objective_id, cycle), context, services
    )


@router.post("/{objective_id}:accept", response_model=ObjectiveResponse)
async def accept_objective(
    objective_id: UUID, context: Command, services: UsedServices
) -> Response:
    return await _step(
        objective_id, lambda cycle: AcceptObjective(objective_id, cycle), context, services
    )


@router.post("/{objective_id}:decline", response_model=ObjectiveResponse)
async def decline_objective(
    objective_id: UUID, body: DeclineRequest, context: Command, services: UsedServices
) -> Response:
    return await _step(
        objective_id,
        lambda cycle: DeclineObjective(objective_id, cycle, body.reason),
        context,
        services,
    )


@router.post("/{objective_id}:close", response_model=ObjectiveResponse)
async def close_objective(
    objective_id: UUID, body: CloseObjectiveRequest, context: Command, services: UsedServices
) -> Response:
    return await _step(
        objective_id,
        lambda cycle: CloseObjective(objective_id, cycle, body.outcome, body.reason),
        context,
        services,
    )


async def _step(
    objective_id: UUID,
    create_command: Callable[[Cycle], ObjectiveStep],
    context: CommandContext,
    services: Services,
) -> Response:
    cut = as_it_stands(context)

    async def decide() -> Outcome:
        tenant = context.tenant
        before, cycle = await load_objective(services.streams, tenant, objective_id, cut)
        check_if_match(context, before.version)
        result = await services.objectives.step(tenant, create_command(cycle.state), context.now)
        if isinstance(result.state, NoObjective):
            raise TypeError("a decided command leaves an objective behind")
        after = Loaded(before.stream, result.state, result.version)
        sheet = await load_sheet(services.streams, tenant, after, cut)
        body = objective_response(sheet, cycle.state, context.now)
        return Outcome((*result.writes, cycle.guard), 200, body, version=result.version)

    return await execute(services.store, context, decide)
