from __future__ import annotations

from collections.abc import Callable
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response
from helmlog_events.contracts.okr import ObjectiveKind, ObjectiveLevel, Status
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
from okr_service.api.schemas.objective_requests import (
    DeclineRequest,
    ObjectivePatch,
    ObjectiveRequest,
    Served,
)
from okr_service.api.schemas.objectives import ObjectiveResponse, objective_response
from okr_service.application.key_results import load_sheet
from okr_service.application.objectives import (
    SingleStep,
    decide_step,
    existing_objective,
    load_objective,
)
from okr_service.application.organisation import load_organisation
from okr_service.application.parents import load_parent
from okr_service.application.strategy import load_strategy
from okr_service.application.streams import Loaded
from okr_service.domain.cycle.state import Cycle
from okr_service.domain.guidance import advise_on_owner, advise_on_serves
from okr_service.domain.objective.decide import (
    AcceptObjective,
    DeclineObjective,
    DraftObjective,
    ProposeObjective,
)
from okr_service.domain.objective.revise import ReviseObjective
from okr_service.domain.objective.state import Objective, ObjectiveStateName
from okr_service.domain.sheet import ObjectiveSheet
from okr_service.domain.strategy.coverage import unknown_serves
from okr_service.readmodel.queries import ObjectiveFilter

router = APIRouter(prefix="/v1/objectives", tags=["objectives"])


@router.post("", status_code=201, response_model=ObjectiveResponse)
async def draft_objective(
    body: ObjectiveRequest, context: Command, services: UsedServices
) -> Response:
    objective_id = new_id()

    async def decide() -> Outcome:
        cycle = await services.objectives.cycle_to_plan_in(context.tenant, body.cycle_id)
        parent, rested = None, [cycle.guard]
        if body.contributes_to is not None:
            parent = body.contributes_to.node()
            above = await load_parent(services.streams, context.tenant, parent)
            rested.append(above.guard)
        command = DraftObjective(
            objective_id=objective_id,
            cycle=cycle.state,
            definition=body.definition(),
            origin=body.origin,
            contributes_to=parent,
        )
        result = await services.objectives.draft(context.tenant, command, context.now)
        advice = []
        if body.owner is not None:
            others = await services.queries.count_objectives(
                context.tenant, body.cycle_id, body.owner, as_it_stands(context)
            )
            advice = advise_on_owner(others + 1)
        strategy = await load_strategy(services.streams, context.tenant)
        clock = cycle.state.facts.course.clock(context.now)
        advice += advise_on_serves(
            unknown_serves(strategy.state.at(clock), command.definition.serves)
        )
        sheet = ObjectiveSheet(existing_objective(result), result.version, ())
        response = objective_response(sheet, cycle.state, context.now, advice)
        location = f"/v1/objectives/{objective_id}"
        return Outcome((*result.writes, *rested), 201, response, location, result.version)

    return await execute(services.store, context, decide)


@router.get("", dependencies=[seen])
async def list_objectives(
    principal: Reader,
    cut: UsedCut,
    services: UsedServices,
    cycle_id: Annotated[UUID | None, Query()] = None,
    owner: Annotated[str | None, Query(max_length=100)] = None,
    team: Annotated[str | None, Query(max_length=100)] = None,
    unit: Annotated[
        str | None, Query(max_length=63, description="Its team or owner is in it, or below it.")
    ] = None,
    level: Annotated[ObjectiveLevel | None, Query()] = None,
    kind: Annotated[ObjectiveKind | None, Query()] = None,
    state: Annotated[ObjectiveStateName | None, Query()] = None,
    status: Annotated[Status | None, Query()] = None,
    serves: Annotated[Served | None, Query(description="As `pillar/growth`.")] = None,
    parent: Annotated[
        UUID | None, Query(description="The objective or key result it contributes to.")
    ] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Page[ObjectiveResponse]:
    """In the order they were drafted."""
    after = None if cursor is None else decode_cursor(cursor, UUID)[0]
    organisation = (await load_organisation(services.streams, principal.tenant, cut)).state
    found = await services.queries.list_objectives(
        principal.tenant,
        ObjectiveFilter(
            cycle_id=cycle_id,
            owner=owner,
            team=team,
            level=level,
            kind=kind,
            state=state,
            status=status,
            serves=serves,
            parent=parent,
            unit=unit,
            organisation=organisation,
        ),
        cut,
        after=after,
        limit=limit + 1,
    )
    items = [
        objective_response(item.sheet, item.cycle, cut.moment, organisation=organisation)
        for item in found[:limit]
    ]
    return Page(
        items=items, next_cursor=encode_cursor([items[-1].id]) if len(found) > limit else None
    )


@router.get("/{objective_id}", dependencies=[seen])
async def read_objective(
    objective_id: UUID, principal: Reader, cut: UsedCut, services: UsedServices, response: Response
) -> ObjectiveResponse:
    loaded, cycle = await load_objective(services.streams, principal.tenant, objective_id, cut)
    sheet = await load_sheet(services.streams, services.boards, principal.tenant, loaded, cut)
    organisation = await load_organisation(services.streams, principal.tenant, cut)
    response.headers["ETag"] = etag(loaded.version)
    return objective_response(sheet, cycle.state, cut.moment, organisation=organisation.state)


@router.patch("/{objective_id}", response_model=ObjectiveResponse)
async def revise_objective(
    objective_id: UUID, body: ObjectivePatch, context: Command, services: UsedServices
) -> Response:
    """A merge patch with a reason; what it was before is kept beside what it is now."""
    return await _step(
        objective_id,
        lambda objective, cycle: ReviseObjective(
            objective_id,
            cycle,
            body.applied_to(objective.facts.definition),
            body.reason,
            body.late_correction,
        ),
        context,
        services,
    )


@router.post("/{objective_id}:propose", response_model=ObjectiveResponse)
async def propose_objective(
    objective_id: UUID, context: Command, services: UsedServices
) -> Response:
    return await _step(
        objective_id, lambda _, cycle: ProposeObjective(objective_id, cycle), context, services
    )


@router.post("/{objective_id}:accept", response_model=ObjectiveResponse)
async def accept_objective(
    objective_id: UUID, context: Command, services: UsedServices
) -> Response:
    return await _step(
        objective_id, lambda _, cycle: AcceptObjective(objective_id, cycle), context, services
    )


@router.post("/{objective_id}:decline", response_model=ObjectiveResponse)
async def decline_objective(
    objective_id: UUID, body: DeclineRequest, context: Command, services: UsedServices
) -> Response:
    return await _step(
        objective_id,
        lambda _, cycle: DeclineObjective(objective_id, cycle, body.reason),
        context,
        services,
    )


async def _step(
    objective_id: UUID,
    create_command: Callable[[Objective, Cycle], SingleStep],
    context: CommandContext,
    services: Services,
) -> Response:
    cut = as_it_stands(context)

    async def decide() -> Outcome:
        tenant = context.tenant
        before, cycle = await load_objective(services.streams, tenant, objective_id, cut)
        check_if_match(context, before.version)
        command = create_command(before.state, cycle.state)
        result = decide_step(before, command, context.now)
        after = Loaded(before.stream, existing_objective(result), result.version)
        sheet = await load_sheet(services.streams, services.boards, tenant, after, cut)
        body = objective_response(sheet, cycle.state, context.now)
        return Outcome((*result.writes, cycle.guard), 200, body, version=result.version)

    return await execute(services.store, context, decide)
