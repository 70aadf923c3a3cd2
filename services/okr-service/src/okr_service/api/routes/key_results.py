from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Response
from helmlog_events.ids import new_id
from helmlog_web.commands import Outcome, check_if_match, execute
from helmlog_web.reads import etag

from okr_service.api.dependencies import Command, Reader, UsedCut, UsedServices, as_it_stands
from okr_service.api.schemas.advice import advice_responses
from okr_service.api.schemas.key_results import (
    AddedKeyResultResponse,
    KeyResultRequest,
    KeyResultResponse,
    key_result_fields,
    key_result_response,
)
from okr_service.application.key_results import load_key_result
from okr_service.application.objectives import load_objective
from okr_service.domain.board import sheet_of
from okr_service.domain.guidance import advise_on_objective
from okr_service.domain.key_result.commands import AddKeyResult
from okr_service.domain.key_result.state import NoKeyResult

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
        if isinstance(result.state, NoKeyResult):
            raise TypeError("a decided command leaves a key result behind")
        sheet = sheet_of(result.state, result.version)
        advice = advise_on_objective(len(objective.state.facts.key_result_ids) + 1, accepted=False)
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
    return key_result_response(sheet, objective.state, cycle.state, cut.moment)
