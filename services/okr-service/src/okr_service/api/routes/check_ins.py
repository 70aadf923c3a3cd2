from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Response
from helmlog_events.contracts.okr import CheckInAcknowledged, CheckInRecorded
from helmlog_events.envelope import RecordedEvent
from helmlog_events.ids import new_id
from helmlog_web.commands import CommandContext, Outcome, check_if_match, execute
from helmlog_web.reads import Cursor, Limit, Page, decode_cursor, encode_cursor

from okr_service.api.dependencies import (
    Command,
    Reader,
    UsedCut,
    UsedServices,
    as_it_stands,
    seen,
)
from okr_service.api.schemas.check_ins import (
    AcknowledgedResponse,
    AcknowledgementResponse,
    AcknowledgeRequest,
    CheckInRequest,
    ListedCheckInResponse,
    RecordedCheckInResponse,
    check_in_fields,
)
from okr_service.api.schemas.key_results import key_result_response
from okr_service.application.decided import Decided
from okr_service.application.key_results import (
    decide_work,
    existing,
    load_key_result,
    step_at,
)
from okr_service.domain.board import sheet_of
from okr_service.domain.cycle.state import Cycle
from okr_service.domain.key_result.commands import AcknowledgeCheckIn, CheckIn
from okr_service.domain.key_result.state import KeyResult, KeyResultState
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
        result = decide_work(command, loaded, context.now)
        moved = key_result_response(
            sheet_of(existing(result), result.version), objective.state, cycle.state, context.now
        )
        response = RecordedCheckInResponse(
            **check_in_fields(_recorded(result)), version=result.version, key_result=moved
        )
        location = f"/v1/key-results/{key_result_id}/check-ins"
        rested = (objective.guard, cycle.guard)
        return Outcome((*result.writes, *rested), 201, response, location, result.version)

    return await execute(services.store, context, decide)


@router.post("/{check_in_id}:acknowledge", response_model=AcknowledgedResponse)
async def acknowledge_check_in(
    key_result_id: UUID,
    check_in_id: UUID,
    body: AcknowledgeRequest,
    context: Command,
    services: UsedServices,
) -> Response:
    """By a reviewer, who is somebody else than its author."""

    async def decide() -> Outcome:
        loaded, objective, cycle = await load_key_result(
            services.streams, context.tenant, key_result_id, as_it_stands(context)
        )
        check_if_match(context, loaded.version)
        command = AcknowledgeCheckIn(
            key_result_id, cycle.state, check_in_id, by=context.actor, note=body.note or None
        )
        result = decide_work(command, loaded, step_at(cycle.state, context.now, loaded))
        response = AcknowledgedResponse(
            check_in_id=check_in_id,
            key_result=key_result_response(
                sheet_of(existing(result), result.version),
                objective.state,
                cycle.state,
                context.now,
            ),
        )
        return Outcome((*result.writes, cycle.guard), 200, response, version=result.version)

    return await execute(services.store, context, decide)


@router.get("", dependencies=[seen])
async def list_check_ins(
    key_result_id: UUID,
    principal: Reader,
    cut: UsedCut,
    services: UsedServices,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Page[ListedCheckInResponse]:
    """In the order they were recorded."""
    tenant, queries = principal.tenant, services.key_result_queries
    after = None if cursor is None else decode_cursor(cursor, int)[0]
    loaded, _, _ = await load_key_result(services.streams, tenant, key_result_id, cut)
    found = await queries.list_entries(
        tenant, key_result_id, [CheckInRecorded], cut, after=after, limit=limit + 1
    )
    acknowledged = {
        event.check_in_id: AcknowledgementResponse(
            actor=record.actor, at=record.recorded_at, note=event.note
        )
        for record in await queries.list_entries(tenant, key_result_id, [CheckInAcknowledged], cut)
        if isinstance(event := record.event, CheckInAcknowledged)
    }
    items = [_listed(record, loaded.state, acknowledged) for record in found[:limit]]
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
        corrects=body.corrects,
        observed_at=body.observed_at,
        late_correction=body.late_correction,
        by=context.actor,
    )


def _recorded(result: Decided[KeyResultState]) -> CheckInRecorded:
    for new in result.writes[0].events:
        if isinstance(new.event, CheckInRecorded):
            return new.event
    raise TypeError("a check-in is recorded by its event")


def _listed(
    record: RecordedEvent,
    key_result: KeyResult,
    acknowledged: dict[UUID, AcknowledgementResponse],
) -> ListedCheckInResponse:
    event = record.event
    if not isinstance(event, CheckInRecorded):
        raise TypeError("check-ins are read from their events")
    known = key_result.check_ins.get(event.check_in_id)
    return ListedCheckInResponse(
        **check_in_fields(event),
        actor=record.actor,
        recorded_at=record.recorded_at,
        acknowledged=acknowledged.get(event.check_in_id),
        corrected_by=None if known is None else known.corrected_by,
    )
