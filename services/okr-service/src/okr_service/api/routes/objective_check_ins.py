from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Response
from helmlog_events.contracts.okr import ObjectiveCheckInRecorded
from helmlog_events.envelope import RecordedEvent
from helmlog_events.ids import new_id
from helmlog_web.commands import Outcome, check_if_match, execute
from helmlog_web.reads import Cursor, Limit, Page, decode_cursor, encode_cursor

from okr_service.api.dependencies import (
    Command,
    Reader,
    UsedCut,
    UsedServices,
    as_it_stands,
    seen,
)
from okr_service.api.schemas.objective_check_ins import (
    ListedObjectiveCheckInResponse,
    ObjectiveCheckInRequest,
    RecordedObjectiveCheckInResponse,
    objective_check_in_fields,
)
from okr_service.api.schemas.objectives import objective_response
from okr_service.application.decided import Decided
from okr_service.application.key_results import load_sheet
from okr_service.application.objectives import decide_step, existing_objective, load_objective
from okr_service.application.streams import Loaded
from okr_service.domain.objective.check_in import CheckInObjective
from okr_service.domain.objective.state import ObjectiveState

router = APIRouter(prefix="/v1/objectives/{objective_id}/check-ins", tags=["check-ins"])


@router.post("", status_code=201, response_model=RecordedObjectiveCheckInResponse)
async def record_objective_check_in(
    objective_id: UUID, body: ObjectiveCheckInRequest, context: Command, services: UsedServices
) -> Response:
    """Words about the objective as a whole. `If-Match` and ETag are the objective's version."""
    check_in_id = new_id()
    cut = as_it_stands(context)

    async def decide() -> Outcome:
        before, cycle = await load_objective(services.streams, context.tenant, objective_id, cut)
        check_if_match(context, before.version)
        command = CheckInObjective(
            check_in_id=check_in_id,
            objective_id=objective_id,
            cycle=cycle.state,
            at=context.now,
            confidence=body.confidence,
            narrative=body.narrative,
            status=body.status,
            status_reason=body.status_reason,
            observed_at=body.observed_at,
        )
        result = decide_step(before, command, context.now)
        after = Loaded(before.stream, existing_objective(result), result.version)
        sheet = await load_sheet(services.streams, services.boards, context.tenant, after, cut)
        response = RecordedObjectiveCheckInResponse(
            **objective_check_in_fields(_recorded(result)),
            version=result.version,
            objective=objective_response(sheet, cycle.state, context.now),
        )
        location = f"/v1/objectives/{objective_id}/check-ins"
        return Outcome((*result.writes, cycle.guard), 201, response, location, result.version)

    return await execute(services.store, context, decide)


@router.get("", dependencies=[seen])
async def list_objective_check_ins(
    objective_id: UUID,
    principal: Reader,
    cut: UsedCut,
    services: UsedServices,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Page[ListedObjectiveCheckInResponse]:
    """In the order they were recorded."""
    after = None if cursor is None else decode_cursor(cursor, int)[0]
    found = await services.queries.list_objective_check_ins(
        principal.tenant, objective_id, cut, after=after, limit=limit + 1
    )
    if not found:
        await load_objective(services.streams, principal.tenant, objective_id, cut)
    items = [_listed(record) for record in found[:limit]]
    return Page(
        items=items,
        next_cursor=encode_cursor([found[limit - 1].seq]) if len(found) > limit else None,
    )


def _recorded(result: Decided[ObjectiveState]) -> ObjectiveCheckInRecorded:
    for new in result.writes[0].events:
        if isinstance(new.event, ObjectiveCheckInRecorded):
            return new.event
    raise TypeError("a check-in is recorded by its event")


def _listed(record: RecordedEvent) -> ListedObjectiveCheckInResponse:
    event = record.event
    if not isinstance(event, ObjectiveCheckInRecorded):
        raise TypeError("check-ins are read from their events")
    return ListedObjectiveCheckInResponse(
        **objective_check_in_fields(event), actor=record.actor, recorded_at=record.recorded_at
    )
