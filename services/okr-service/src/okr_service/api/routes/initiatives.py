from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from fastapi import APIRouter, Response
from helmlog_events.ids import new_id
from helmlog_web.commands import CommandContext, Outcome, check_if_match, execute
from helmlog_web.reads import etag

from okr_service.api.dependencies import (
    Command,
    Reader,
    Services,
    UsedCut,
    UsedServices,
    as_it_stands,
)
from okr_service.api.schemas.initiatives import (
    FinishRequest,
    InitiativeChangeRequest,
    InitiativeReasonRequest,
    InitiativeRequest,
    InitiativeResponse,
    initiative_response,
)
from okr_service.application.decided import Decided
from okr_service.application.initiatives import LoadedPurpose, load_initiative, load_purpose
from okr_service.application.organisation import load_organisation
from okr_service.domain.initiative.commands import (
    CancelInitiative,
    FinishInitiative,
    InitiativeStep,
    PlanInitiative,
    Purpose,
    ResumeInitiative,
    ReviseInitiative,
    StartInitiative,
)
from okr_service.domain.initiative.sheet import InitiativeSheet
from okr_service.domain.initiative.state import (
    Initiative,
    InitiativeState,
    NoInitiative,
)

router = APIRouter(prefix="/v1", tags=["initiatives"])


@router.post(
    "/key-results/{key_result_id}/initiatives", status_code=201, response_model=InitiativeResponse
)
async def plan_initiative(
    key_result_id: UUID, body: InitiativeRequest, context: Command, services: UsedServices
) -> Response:
    """`If-Match` is the key result's version; the ETag answered is the initiative's."""
    initiative_id = new_id()

    async def decide() -> Outcome:
        loaded = await load_purpose(
            services.streams, context.tenant, key_result_id, as_it_stands(context)
        )
        check_if_match(context, loaded.key_result.version)
        command = PlanInitiative(initiative_id, loaded.purpose, body.definition())
        result = await services.initiatives.handle(context.tenant, command, context.now)
        location = f"/v1/initiatives/{initiative_id}"
        return await _outcome(result, loaded, context, services, location)

    return await execute(services.store, context, decide)


@router.get("/initiatives/{initiative_id}")
async def read_initiative(
    initiative_id: UUID, principal: Reader, cut: UsedCut, services: UsedServices, response: Response
) -> InitiativeResponse:
    loaded, purpose = await load_initiative(services.streams, principal.tenant, initiative_id, cut)
    organisation = await load_organisation(services.streams, principal.tenant, cut)
    response.headers["ETag"] = etag(loaded.version)
    return initiative_response(
        InitiativeSheet(loaded.state, loaded.version),
        purpose.objective.state.facts.objective_id,
        purpose.cycle.state,
        organisation.state,
        cut.moment,
    )


@router.patch("/initiatives/{initiative_id}", response_model=InitiativeResponse)
async def revise_initiative(
    initiative_id: UUID, body: InitiativeChangeRequest, context: Command, services: UsedServices
) -> Response:
    def create(initiative: Initiative, purpose: Purpose) -> InitiativeStep:
        definition = body.apply_to(initiative.facts.definition)
        return ReviseInitiative(initiative_id, purpose, definition, body.reason)

    return await _step(initiative_id, create, context, services)


@router.post("/initiatives/{initiative_id}:start", response_model=InitiativeResponse)
async def start_initiative(
    initiative_id: UUID, context: Command, services: UsedServices
) -> Response:
    return await _step(
        initiative_id,
        lambda _, purpose: StartInitiative(initiative_id, purpose),
        context,
        services,
    )


@router.post("/initiatives/{initiative_id}:finish", response_model=InitiativeResponse)
async def finish_initiative(
    initiative_id: UUID, body: FinishRequest, context: Command, services: UsedServices
) -> Response:
    return await _step(
        initiative_id,
        lambda _, purpose: FinishInitiative(initiative_id, purpose, body.effort_spent),
        context,
        services,
    )


@router.post("/initiatives/{initiative_id}:cancel", response_model=InitiativeResponse)
async def cancel_initiative(
    initiative_id: UUID, body: InitiativeReasonRequest, context: Command, services: UsedServices
) -> Response:
    return await _step(
        initiative_id,
        lambda _, purpose: CancelInitiative(initiative_id, purpose, body.reason),
        context,
        services,
    )


@router.post("/initiatives/{initiative_id}:resume", response_model=InitiativeResponse)
async def resume_initiative(
    initiative_id: UUID, body: InitiativeReasonRequest, context: Command, services: UsedServices
) -> Response:
    """What was finished or cancelled too early goes on."""
    return await _step(
        initiative_id,
        lambda _, purpose: ResumeInitiative(initiative_id, purpose, body.reason),
        context,
        services,
    )


async def _step(
    initiative_id: UUID,
    create_command: Callable[[Initiative, Purpose], InitiativeStep],
    context: CommandContext,
    services: Services,
) -> Response:
    async def decide() -> Outcome:
        before, loaded = await load_initiative(
            services.streams, context.tenant, initiative_id, as_it_stands(context)
        )
        check_if_match(context, before.version)
        command = create_command(before.state, loaded.purpose)
        result = await services.initiatives.handle(context.tenant, command, context.now)
        return await _outcome(result, loaded, context, services)

    return await execute(services.store, context, decide)


async def _outcome(
    result: Decided[InitiativeState],
    loaded: LoadedPurpose,
    context: CommandContext,
    services: Services,
    location: str | None = None,
) -> Outcome:
    if isinstance(result.state, NoInitiative):
        raise TypeError("a decided command leaves an initiative behind")
    organisation = await load_organisation(services.streams, context.tenant)
    body = initiative_response(
        InitiativeSheet(result.state, result.version),
        loaded.objective.state.facts.objective_id,
        loaded.cycle.state,
        organisation.state,
        context.now,
    )
    status = 200 if location is None else 201
    return Outcome((*result.writes, *loaded.guards), status, body, location, result.version)
