from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response
from helmlog_events.contracts.okr import CycleKind
from helmlog_events.ids import new_id
from helmlog_web.commands import Outcome, execute
from helmlog_web.reads import Cursor, Limit, Page, decode_cursor, encode_cursor, etag

from okr_service.api.dependencies import Command, Reader, UsedCut, UsedServices, seen
from okr_service.api.outcomes import cycle_outcome
from okr_service.api.schemas.cycles import (
    CycleRequest,
    CycleResponse,
    ReviseCycleRequest,
    cycle_response,
)
from okr_service.application.cycles import NewCycle, load_cycle
from okr_service.domain.cycle.state import CycleStateName
from okr_service.readmodel.queries import CycleFilter

router = APIRouter(prefix="/v1/cycles", tags=["cycles"])


@router.post("", status_code=201, response_model=CycleResponse)
async def open_cycle(body: CycleRequest, context: Command, services: UsedServices) -> Response:
    asked = NewCycle(
        cycle_id=new_id(),
        timezone=body.timezone,
        settings=body.settings.settings(),
        parent_id=body.parent_id,
        name=body.name,
        kind=body.kind,
        dates=body.dates,
        fiscal=None if body.fiscal is None else body.fiscal.period(),
    )

    async def decide() -> Outcome:
        result = await services.cycles.open(context.tenant, asked, context.now)
        return cycle_outcome(result, context, status=201, location=f"/v1/cycles/{asked.cycle_id}")

    return await execute(services.store, context, decide)


@router.get("", dependencies=[seen])
async def list_cycles(
    principal: Reader,
    cut: UsedCut,
    services: UsedServices,
    state: Annotated[CycleStateName | None, Query()] = None,
    kind: Annotated[CycleKind | None, Query()] = None,
    parent_id: Annotated[UUID | None, Query()] = None,
    on: Annotated[date | None, Query(description="A day that is among their dates.")] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Page[CycleResponse]:
    """Newest dates first."""
    after = None
    if cursor is not None:
        starts, cycle_id = decode_cursor(cursor, datetime, UUID)
        after = (starts.date(), cycle_id)
    chosen = CycleFilter(state, kind, parent_id, on)
    found = await services.queries.list_cycles(
        principal.tenant, chosen, cut, after=after, limit=limit + 1
    )
    items = [cycle_response(sheet.cycle, sheet.version, cut.moment) for sheet in found[:limit]]
    more = len(found) > limit
    return Page(items=items, next_cursor=_cursor(items[-1]) if more else None)


@router.get("/{cycle_id}")
async def read_cycle(
    cycle_id: UUID, principal: Reader, cut: UsedCut, services: UsedServices, response: Response
) -> CycleResponse:
    loaded = await load_cycle(services.streams, principal.tenant, cycle_id, cut)
    response.headers["ETag"] = etag(loaded.version)
    return cycle_response(loaded.state, loaded.version, cut.moment)


@router.patch("/{cycle_id}", response_model=CycleResponse)
async def revise_cycle(
    cycle_id: UUID, body: ReviseCycleRequest, context: Command, services: UsedServices
) -> Response:
    """While it is planned, all of it may change; once it runs its end and its name.

    What was checked in stays in its history, also where it then lies outside of the dates.
    """

    async def decide() -> Outcome:
        result = await services.cycles.revise(
            context.tenant, cycle_id, body.changes(), body.reason, context.now
        )
        return cycle_outcome(result, context)

    return await execute(services.store, context, decide)


def _cursor(last: CycleResponse) -> str:
    return encode_cursor([datetime.combine(last.starts_on, time.min, UTC), last.id])
