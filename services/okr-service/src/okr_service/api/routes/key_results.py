from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
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
from okr_service.api.schemas.advice import advice_responses
from okr_service.api.schemas.key_result_requests import (
    CancelKeyResultRequest,
    GradeKeyResultRequest,
    KeyResultPatch,
    KeyResultRequest,
    MoveKeyResultRequest,
)
from okr_service.api.schemas.key_results import (
    AddedKeyResultResponse,
    KeyResultResponse,
    key_result_fields,
    key_result_response,
)
from okr_service.application.decided import Decided
from okr_service.application.key_results import (
    decide_work,
    existing,
    load_key_result,
    step_at,
)
from okr_service.application.objectives import load_objective
from okr_service.application.organisation import load_organisation
from okr_service.application.streams import Loaded
from okr_service.domain.board import sheet_of
from okr_service.domain.cycle.state import Cycle
from okr_service.domain.guidance import advise_on_key_result_wording, advise_on_objective
from okr_service.domain.key_result.commands import (
    AddKeyResult,
    CancelKeyResult,
    GradeKeyResult,
    MoveKeyResult,
    ReviseKeyResult,
)
from okr_service.domain.key_result.state import KeyResult, KeyResultState
from okr_service.domain.objective.state import Objective

router = APIRouter(prefix="/v1", tags=["key results"])


@router.post(
    "/objectives/{objective_id}/key-results",
    status_code=201,
    response_model=AddedKeyResultResponse,
)
async def add_key_result(
    objective_id: UUID, body: KeyResultRequest, context: Command, services: UsedServices
) -> Response:
    """`If-Match` is the objective's version; the ETag answered is the key result's."""
    key_result_id = new_id()

    async def decide() -> Outcome:
        objective, cycle = await load_objective(
            services.streams, context.tenant, objective_id, as_it_stands(context)
        )
        check_if_match(context, objective.version)
        command = AddKeyResult(
            key_result_id=key_result_id,
            objective=objective.state,
            cycle=cycle.state,
            definition=body.definition(),
        )
        result = await services.key_results.add(context.tenant, command, objective, context.now)
        sheet = sheet_of(existing(result), result.version)
        advice = [
            *advise_on_key_result_wording(command.definition),
            *advise_on_objective(len(objective.state.facts.key_result_ids) + 1, accepted=False),
        ]
        response = AddedKeyResultResponse(
            **key_result_fields(sheet, objective.state, cycle.state, context.now),
            warnings=advice_responses(advice),
        )
        location = f"/v1/key-results/{key_result_id}"
        return Outcome((*result.writes, cycle.guard), 201, response, location, result.version)

    return await execute(services.store, context, decide)


@router.get("/key-results/{key_result_id}")
async def read_key_result(
    key_result_id: UUID, principal: Reader, cut: UsedCut, services: UsedServices, response: Response
) -> KeyResultResponse:
    loaded, objective, cycle = await load_key_result(
        services.streams, principal.tenant, key_result_id, cut
    )
    response.headers["ETag"] = etag(loaded.version)
    sheet = sheet_of(loaded.state, loaded.version)
    organisation = await load_organisation(services.streams, principal.tenant, cut)
    return key_result_response(sheet, objective.state, cycle.state, cut.moment, organisation.state)


@router.patch("/key-results/{key_result_id}", response_model=KeyResultResponse)
async def revise_key_result(
    key_result_id: UUID, body: KeyResultPatch, context: Command, services: UsedServices
) -> Response:
    """A JSON merge patch. What it is measured by from now on is a new line; the old one stays."""

    async def decide(loaded: Loaded[KeyResult], above: _Above) -> Decided[KeyResultState]:
        command = ReviseKeyResult(
            key_result_id=key_result_id,
            objective=above.objective.state,
            cycle=above.cycle.state,
            at=context.now,
            reason=body.reason,
            version=loaded.version + 1,
            changes=body.changes(),
            effective_from=body.effective_from,
            late_correction=body.late_correction,
        )
        return await services.key_results.revise(context.tenant, command, loaded)

    return await _write(key_result_id, decide, context, services)


@router.post("/key-results/{key_result_id}:cancel", response_model=KeyResultResponse)
async def cancel_key_result(
    key_result_id: UUID, body: CancelKeyResultRequest, context: Command, services: UsedServices
) -> Response:
    """It counts for nothing from then on, and stays to be read."""

    async def decide(loaded: Loaded[KeyResult], above: _Above) -> Decided[KeyResultState]:
        cycle = above.cycle.state
        command = CancelKeyResult(key_result_id, above.objective.state, cycle, body.reason)
        return decide_work(command, loaded, step_at(cycle, context.now, loaded))

    return await _write(key_result_id, decide, context, services)


@router.post("/key-results/{key_result_id}:grade", response_model=KeyResultResponse)
async def grade_key_result(
    key_result_id: UUID, body: GradeKeyResultRequest, context: Command, services: UsedServices
) -> Response:
    """0 to 1, suggested from progress; under a learning objective by what was learned."""

    async def decide(loaded: Loaded[KeyResult], above: _Above) -> Decided[KeyResultState]:
        cycle = above.cycle.state
        command = GradeKeyResult(
            key_result_id=key_result_id,
            objective=above.objective.state,
            cycle=cycle,
            grade=body.grade,
            reason=body.reason,
            learned=body.learned,
            late_correction=body.late_correction,
        )
        return decide_work(command, loaded, step_at(cycle, context.now, loaded))

    return await _write(key_result_id, decide, context, services)


@router.post("/key-results/{key_result_id}:move", response_model=KeyResultResponse)
async def move_key_result(
    key_result_id: UUID, body: MoveKeyResultRequest, context: Command, services: UsedServices
) -> Response:
    """To another objective of its cycle; its history goes with it."""

    async def decide() -> Outcome:
        tenant = context.tenant
        loaded, source, cycle = await load_key_result(
            services.streams, tenant, key_result_id, as_it_stands(context)
        )
        check_if_match(context, loaded.version)
        goal = await services.key_results.goal(tenant, body.objective_id)
        command = MoveKeyResult(key_result_id, source.state, goal.state, cycle.state, body.reason)
        result = services.key_results.move(command, loaded, source, goal, context.now)
        sheet = sheet_of(existing(result), result.version)
        response = key_result_response(sheet, goal.state, cycle.state, context.now)
        return Outcome((*result.writes, cycle.guard), 200, response, version=result.version)

    return await execute(services.store, context, decide)


@dataclass(frozen=True, slots=True)
class _Above:
    """What a decision about a key result rests on."""

    objective: Loaded[Objective]
    cycle: Loaded[Cycle]


async def _write(
    key_result_id: UUID,
    decide_on: Callable[[Loaded[KeyResult], _Above], Awaitable[Decided[KeyResultState]]],
    context: CommandContext,
    services: Services,
) -> Response:
    async def decide() -> Outcome:
        loaded, objective, cycle = await load_key_result(
            services.streams, context.tenant, key_result_id, as_it_stands(context)
        )
        check_if_match(context, loaded.version)
        result = await decide_on(loaded, _Above(objective, cycle))
        sheet = sheet_of(existing(result), result.version)
        response = key_result_response(sheet, objective.state, cycle.state, context.now)
        writes = (*result.writes, objective.guard, cycle.guard)
        return Outcome(writes, 200, response, version=result.version)

    return await execute(services.store, context, decide)
