from __future__ import annotations

from datetime import UTC, datetime, time
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response
from helmlog_events.ids import new_id
from helmlog_web.commands import CommandContext, Outcome, check_if_match, execute
from helmlog_web.reads import Cursor, Limit, Page, decode_cursor, encode_cursor, etag

from okr_service.api.dependencies import Command, Reader, Services, UsedCut, UsedServices, seen
from okr_service.api.schemas.cycles import (
    CycleRequest,
    CycleResponse,
    ReopenRequest,
    cycle_response,
)
from okr_service.application.cycles import load_cycle
from okr_service.application.decided import Decided
from okr_service.domain.cycle.decide import (
    ActivateCycle,
    CloseCycle,
    CycleStep,
    OpenCycle,
    ReopenCycle,
    StartReview,
)
from okr_service.domain.cycle.state import CycleState, CycleStateName, NoCycle

router = APIRouter(prefix="/v1/cycles", tags=["cycles"])


@router.post("", status_code=201, response_model=CycleResponse)
async def open_cycle(body: CycleRequest, context: Command, services: UsedServices) -> Response:
    command = OpenCycle(
        cycle_id=new_id(),
        name=body.name,
        kind=body.kind,
        starts_on=body.starts_on,
        ends_on=body.ends_on,
        timezone=body.timezone,
    )

    async def decide() -> Outcome:
        result = await services.cycles.open(context.tenant, command, context.now)
        return _outcome(result, status=201, location=f"/v1/cycles/{command.cycle_id}")

    return await execute(services.store, context, decide)


@router.get("", dependencies=[seen])
async def list_cycles(
    principal: Reader,
    cut: UsedCut,
    services: UsedServices,
    state: Annotated[CycleStateName | None, Query()] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Page[CycleResponse]:
    """Newest dates first."""
    after = None
    if cursor is not None:
        starts, cycle_id = decode_cursor(cursor, datetime, UUID)
        after = (starts.date(), cycle_id)
    found = await services.queries.list_cycles(
        principal.tenant, cut, state=state, after=after, limit=limit + 1
    )
    items = [cycle_response(sheet.cycle, sheet.version) for sheet in found[:limit]]
    more = len(found) > limit
    return Page(items=items, next_cursor=_cursor(items[-1]) if more else None)


@router.get("/{cycle_id}")
async def read_cycle(
    cycle_id: UUID, principal: Reader, cut: UsedCut, services: UsedServices, response: Response
) -> CycleResponse:
    loaded = await load_cycle(services.streams, principal.tenant, cycle_id, cut)
    response.headers["ETag"] = etag(loaded.version)
    return cycle_response(loaded.state, loaded.version)


@router.post("/{cycle_id}:activate", response_model=CycleResponse)
async def activate_cycle(cycle_id: UUID, context: Command, services: UsedServices) -> Response:
    return await _step(ActivateCycle(cycle_id), context, services)


@router.post("/{cycle_id}:review", response_model=CycleResponse)
async def review_cycle(cycle_id: UUID, context: Command, services: UsedServices) -> Response:
    return await _step(StartReview(cycle_id), context, services)


@router.post("/{cycle_id}:close", response_model=CycleResponse)
async def close_cycle(cycle_id: UUID, context: Command, services: UsedServices) -> Response:
    return await _step(CloseCycle(cycle_id), context, services)


@router.post("/{cycle_id}:reopen", response_model=CycleResponse)
async def reopen_cycle(
    cycle_id: UUID, body: ReopenRequest, context: Command, services: UsedServices
) -> Response:
    return await _step(ReopenCycle(cycle_id, body.reason), context, services)


async def _step(command: CycleStep, context: CommandContext, services: Services) -> Response:
    async def decide() -> Outcome:
        result = await services.cycles.step(context.tenant, command, context.now)
        check_if_match(context, result.stood_at)
        return _outcome(result, status=200)

    return await execute(services.store, context, decide)


def _outcome(result: Decided[CycleState], *, status: int, location: str | None = None) -> Outcome:
    if isinstance(result.state, NoCycle):
        raise TypeError("a decided command leaves a cycle behind")
    body = cycle_response(result.state, result.version)
    return Outcome(result.writes, status, body, location, result.version)


def _cursor(last: CycleResponse) -> str:
    return encode_cursor([datetime.combine(last.starts_on, time.min, UTC), last.id])
