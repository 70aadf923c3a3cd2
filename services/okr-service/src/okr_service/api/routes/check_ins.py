from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Response
from helmlog_events import clock
from helmlog_events.contracts.okr import CheckInRecorded
from helmlog_events.envelope import RecordedEvent
from helmlog_events.ids import new_id
from helmlog_web.commands import CommandContext, Outcome, check_if_match, execute
from helmlog_web.reads import Cursor, Limit, Page, decode_cursor, encode_cursor

from okr_service.api.dependencies import Command, Reader, UsedServices, as_it_stands, seen
from okr_service.api.schemas.key_results import (
    CheckInRequest,
    ListedCheckInResponse,
    RecordedCheckInResponse,
    check_in_fields,
    key_result_response,
)
from okr_service.application.decided import Decided
from okr_service.application.key_results import decide_check_in, load_key_result
from okr_service.domain.board import sheet_of
from okr_service.domain.cut import Cut
from okr_service.domain.cycle.state import Cycle
from okr_service.domain.key_result.commands import CheckIn
from okr_service.domain.key_result.state import KeyResultState, NoKeyResult
from okr_service.domain.objective.state import Objective

router = APIRouter(prefix="/v1/key-results/{key_result_id}/check-ins", tags=["check-ins"])


@router.post("", status_code=201, response_model=RecordedCheckInResponse)
async def record_check_in(
    key_result_id: UUID, body: CheckInRequest, context: Command, services: UsedServices
) -> Response:
    """`If-Match` and ETag are the key result's version."""
    check_in_id = new_id()

    async def decide() -> Outcome:
        loaded, objective, cycle = await load_key_result(
            services.streams, context.tenant, key_result_id, as_it_stands(context)
        )
        check_if_match(context, loaded.version)
        command = _command(check_in_id, key_result_id, body, context, objective.state, cycle.state)
        result = decide_check_in(command, loaded)
        if isinstance(result.state, NoKeyResult):
            raise TypeError("a decided command leaves a key result behind")
        moved = key_result_response(
            sheet_of(result.state, result.version), objective.state, cycle.state, context.now
        )
        response = RecordedCheckInResponse(
            **check_in_fields(_recorded(result)), version=result.version, key_result=moved
        )
        location = f"/v1/key-results/{key_result_id}/check-ins"
        rested = (objective.guard, cycle.guard)
        return Outcome((*result.writes, *rested), 201, response, location, result.version)

    return await execute(services.store, context, decide)


@router.get("", dependencies=[seen])
async def list_check_ins(
    key_result_id: UUID,
    principal: Reader,
    services: UsedServices,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Page[ListedCheckInResponse]:
    """In the order they were recorded."""
    after = None if cursor is None else decode_cursor(cursor, int)[0]
    found = await services.queries.list_check_ins(
        principal.tenant, key_result_id, after=after, limit=limit + 1
    )
    if not found:
        await load_key_result(services.streams, principal.tenant, key_result_id, Cut(clock.now()))
    items = [_listed(record) for record in found[:limit]]
    return Page(
        items=items,
        next_cursor=encode_cursor([found[limit - 1].seq]) if len(found) > limit else None,
    )


def _command(
    check_in_id: UUID,
    key_result_id: UUID,
    body: CheckInRequest,
    context: CommandContext,
    objective: Objective,
    cycle: Cycle,
) -> CheckIn:
    return CheckIn(
        check_in_id=check_in_id,
        key_result_id=key_result_id,
        objective=objective,
        cycle=cycle,
        at=context.now,
        value=body.value,
        done=body.done,
        confidence=body.confidence,
        narrative=body.narrative,
        status=body.status,
        status_reason=body.status_reason,
        correction_reason=body.correction_reason,
        observed_at=body.observed_at,
    )


def _recorded(result: Decided[KeyResultState]) -> CheckInRecorded:
    for new in result.writes[0].events:
        if isinstance(new.event, CheckInRecorded):
            return new.event
    raise TypeError("a check-in is recorded by its event")


def _listed(record: RecordedEvent) -> ListedCheckInResponse:
    event = record.event
    if not isinstance(event, CheckInRecorded):
        raise TypeError("check-ins are read from their events")
    return ListedCheckInResponse(
        **check_in_fields(event), actor=record.actor, recorded_at=record.recorded_at
    )
