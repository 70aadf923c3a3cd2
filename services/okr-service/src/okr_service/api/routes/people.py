from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Query, Response
from helmlog_web.reads import Cursor, Limit, Page, decode_cursor, encode_cursor, etag

from okr_service.api.dependencies import Command, Reader, UsedCut, UsedServices
from okr_service.api.routes.organisation import change
from okr_service.api.schemas.organisation import (
    LeaveRequest,
    PersonChangeRequest,
    PersonRequest,
    PersonResponse,
    person_response,
)
from okr_service.application.organisation import load_organisation
from okr_service.domain.organisation.commands import (
    JoinPerson,
    LeavePerson,
    MovePerson,
    PersonCommand,
    RenamePerson,
)
from okr_service.domain.organisation.refusals import UnknownPerson
from okr_service.domain.organisation.state import Organisation

router = APIRouter(prefix="/v1/people", tags=["organisation"])

PersonSlug = Annotated[str, Path(max_length=63)]


@router.post("", status_code=201, response_model=PersonResponse)
async def join_person(body: PersonRequest, context: Command, services: UsedServices) -> Response:
    """Who has left may join again, under the same slug."""
    since = body.effective_from or context.now
    command = JoinPerson(body.slug, body.name, body.unit, since)
    path = f"/v1/people/{body.slug}"
    return await change([command], _show(body.slug), context, services, created_at=path)


@router.get("")
async def list_people(
    principal: Reader,
    cut: UsedCut,
    services: UsedServices,
    unit: Annotated[
        str | None, Query(max_length=63, description="In it, or in a unit below it.")
    ] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Page[PersonResponse]:
    """Those who are there at the moment, by slug."""
    after = "" if cursor is None else decode_cursor(cursor, str)[0]
    loaded = await load_organisation(services.streams, principal.tenant, cut)
    found = [
        person
        for slug, person in sorted(loaded.state.people.items())
        if slug > after
        and person.unit_at(cut.moment) is not None
        and (unit is None or loaded.state.belongs(slug, unit, cut.moment))
    ]
    items = [person_response(person, cut.moment, loaded.version) for person in found[:limit]]
    more = len(found) > limit
    return Page(items=items, next_cursor=encode_cursor([items[-1].slug]) if more else None)


@router.get("/{person}")
async def read_person(
    person: PersonSlug, principal: Reader, cut: UsedCut, services: UsedServices, response: Response
) -> PersonResponse:
    loaded = await load_organisation(services.streams, principal.tenant, cut)
    response.headers["ETag"] = etag(loaded.version)
    return _show(person)(loaded.state, cut.moment, loaded.version)


@router.patch("/{person}", response_model=PersonResponse)
async def change_person(
    person: PersonSlug, body: PersonChangeRequest, context: Command, services: UsedServices
) -> Response:
    """Renames, moves, or both at once."""
    since = body.effective_from or context.now
    commands: list[PersonCommand] = []
    if body.name is not None:
        commands.append(RenamePerson(person, body.name, since))
    if body.unit is not None:
        commands.append(MovePerson(person, body.unit, since))
    return await change(commands, _show(person), context, services)


@router.post("/{person}:leave", response_model=PersonResponse)
async def leave_person(
    person: PersonSlug, body: LeaveRequest, context: Command, services: UsedServices
) -> Response:
    command = LeavePerson(person, body.effective_from or context.now)
    return await change([command], _show(person), context, services)


def _show(slug: str) -> Callable[[Organisation, datetime, int], PersonResponse]:
    def show(organisation: Organisation, moment: datetime, version: int) -> PersonResponse:
        person = organisation.people.get(slug)
        if person is None:
            raise UnknownPerson(slug)
        return person_response(person, moment, version)

    return show
