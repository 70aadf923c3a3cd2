from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from helmlog_web.reads import Cursor, Limit, Page, decode_cursor, encode_cursor

from okr_service.api.dependencies import (
    Reader,
    Services,
    UsedCut,
    UsedServices,
    seen,
)
from okr_service.api.schemas.initiatives import (
    InitiativeResponse,
    InitiativesResponse,
    UnitWorkResponse,
    initiative_response,
    initiative_summary_response,
    key_result_work_responses,
)
from okr_service.application.cycles import load_cycle
from okr_service.application.initiatives import load_purpose
from okr_service.application.organisation import load_organisation
from okr_service.domain.initiative.state import (
    InitiativeStateName,
)
from okr_service.readmodel.initiatives import InitiativeFilter, initiatives_of, work_by_unit

router = APIRouter(prefix="/v1", tags=["initiatives"])


@router.get("/key-results/{key_result_id}/initiatives", dependencies=[seen])
async def list_initiatives_of_key_result(
    key_result_id: UUID,
    principal: Reader,
    cut: UsedCut,
    services: UsedServices,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Page[InitiativeResponse]:
    """In the order they were planned."""
    loaded = await load_purpose(services.streams, principal.tenant, key_result_id, cut)
    chosen = InitiativeFilter(key_result_id=key_result_id)
    cycle_id = loaded.cycle.state.facts.cycle_id
    found = await _list(cycle_id, principal, cut, services, chosen, limit, cursor)
    return Page(items=found.items, next_cursor=found.next_cursor)


@router.get("/cycles/{cycle_id}/initiatives", dependencies=[seen])
async def list_initiatives_of_cycle(
    cycle_id: UUID,
    principal: Reader,
    cut: UsedCut,
    services: UsedServices,
    owner: Annotated[str | None, Query(max_length=100)] = None,
    team: Annotated[str | None, Query(max_length=100)] = None,
    state: Annotated[InitiativeStateName | None, Query()] = None,
    key_result_id: Annotated[UUID | None, Query()] = None,
    overdue: Annotated[bool | None, Query()] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> InitiativesResponse:
    """In the order they were planned, with the effort they sum up to."""
    chosen = InitiativeFilter(owner, team, state, key_result_id, overdue)
    return await _list(cycle_id, principal, cut, services, chosen, limit, cursor)


async def _list(
    cycle_id: UUID,
    principal: Reader,
    cut: UsedCut,
    services: Services,
    chosen: InitiativeFilter,
    limit: int,
    cursor: str | None,
) -> InitiativesResponse:
    after = None if cursor is None else decode_cursor(cursor, UUID)[0]
    loaded = await load_cycle(services.streams, principal.tenant, cycle_id, cut)
    organisation = (await load_organisation(services.streams, principal.tenant, cut)).state
    board = await services.boards.at(principal.tenant, cycle_id, cut)
    cycle, clock = loaded.state, loaded.state.facts.course.clock(cut.moment)
    found = initiatives_of(board, cycle, chosen, cut.moment)
    rest = [
        item for item in found if after is None or item.sheet.initiative.facts.initiative_id > after
    ]
    items = [
        initiative_response(item.sheet, item.objective_id, cycle, organisation, cut.moment)
        for item in rest[:limit]
    ]
    return InitiativesResponse(
        items=items,
        next_cursor=encode_cursor([items[-1].id]) if len(rest) > limit else None,
        by_key_result=key_result_work_responses(item.sheet for item in found),
        by_unit=[
            UnitWorkResponse(
                unit=unit,
                name=organisation.name_at(unit, clock),
                initiatives=initiative_summary_response(summary),
            )
            for unit, summary in work_by_unit(found, organisation, clock).items()
        ],
    )
