from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Query, Response
from helmlog_events.contracts.okr import UnitKind
from helmlog_web.reads import Cursor, Limit, Page, decode_cursor, encode_cursor, etag

from okr_service.api.dependencies import Command, Reader, UsedCut, UsedServices
from okr_service.api.routes.organisation import change
from okr_service.api.schemas.organisation import (
    CloseUnitRequest,
    UnitChangeRequest,
    UnitHistoryResponse,
    UnitRequest,
    UnitResponse,
    unit_change_response,
    unit_response,
)
from okr_service.application.organisation import load_organisation
from okr_service.domain.organisation.commands import (
    AddUnit,
    CloseUnit,
    MoveUnit,
    RenameUnit,
    UnitCommand,
)
from okr_service.domain.organisation.refusals import UnknownUnit
from okr_service.domain.organisation.state import Organisation

router = APIRouter(prefix="/v1/units", tags=["organisation"])

UnitSlug = Annotated[str, Path(max_length=63)]


@router.post("", status_code=201, response_model=UnitResponse)
async def add_unit(body: UnitRequest, context: Command, services: UsedServices) -> Response:
    since = body.effective_from or context.now
    command = AddUnit(body.slug, body.name, body.kind, body.parent, since)
    path = f"/v1/units/{body.slug}"
    return await change([command], _show(body.slug), context, services, created_at=path)


@router.get("")
async def list_units(
    principal: Reader,
    cut: UsedCut,
    services: UsedServices,
    parent: Annotated[str | None, Query(max_length=63)] = None,
    kind: Annotated[UnitKind | None, Query()] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Page[UnitResponse]:
    """Those open at the moment, by slug."""
    after = "" if cursor is None else decode_cursor(cursor, str)[0]
    loaded = await load_organisation(services.streams, principal.tenant, cut)
    found = [
        unit
        for slug, unit in sorted(loaded.state.units.items())
        if slug > after
        and unit.is_open(cut.moment)
        and kind in (None, unit.kind)
        and parent in (None, unit.parent_at(cut.moment))
    ]
    items = [unit_response(unit, cut.moment, loaded.version) for unit in found[:limit]]
    more = len(found) > limit
    return Page(items=items, next_cursor=encode_cursor([items[-1].slug]) if more else None)


@router.get("/{unit}")
async def read_unit(
    unit: UnitSlug, principal: Reader, cut: UsedCut, services: UsedServices, response: Response
) -> UnitResponse:
    loaded = await load_organisation(services.streams, principal.tenant, cut)
    response.headers["ETag"] = etag(loaded.version)
    return _show(unit)(loaded.state, cut.moment, loaded.version)


@router.patch("/{unit}", response_model=UnitResponse)
async def change_unit(
    unit: UnitSlug, body: UnitChangeRequest, context: Command, services: UsedServices
) -> Response:
    """Renames it, moves it, or both at once."""
    since = body.effective_from or context.now
    commands: list[UnitCommand] = []
    if body.name is not None:
        commands.append(RenameUnit(unit, body.name, since))
    if "parent" in body.model_fields_set:
        commands.append(MoveUnit(unit, body.parent, since))
    return await change(commands, _show(unit), context, services)


@router.post("/{unit}:close", response_model=UnitResponse)
async def close_unit(
    unit: UnitSlug, body: CloseUnitRequest, context: Command, services: UsedServices
) -> Response:
    """For good: its slug keeps its meaning in the years it was open."""
    command = CloseUnit(unit, body.reason, body.effective_from or context.now)
    return await change([command], _show(unit), context, services)


@router.get("/{unit}/history")
async def read_unit_history(
    unit: UnitSlug, principal: Reader, cut: UsedCut, services: UsedServices
) -> UnitHistoryResponse:
    records = await services.organisation.history_of(principal.tenant, unit, cut)
    return UnitHistoryResponse(items=[unit_change_response(record) for record in records])


def _show(slug: str) -> Callable[[Organisation, datetime, int], UnitResponse]:
    def show(organisation: Organisation, moment: datetime, version: int) -> UnitResponse:
        unit = organisation.units.get(slug)
        if unit is None:
            raise UnknownUnit(slug)
        return unit_response(unit, moment, version)

    return show
