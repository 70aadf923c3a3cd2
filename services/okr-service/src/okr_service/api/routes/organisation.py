from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from fastapi import APIRouter, Response
from helmlog_web.commands import CommandContext, Outcome, check_if_match, execute
from helmlog_web.reads import etag
from pydantic import BaseModel

from okr_service.api.dependencies import Reader, Services, UsedCut, UsedServices
from okr_service.api.schemas.organisation import (
    OrganisationResponse,
    organisation_response,
)
from okr_service.application.organisation import load_organisation
from okr_service.domain.organisation.commands import OrganisationCommand
from okr_service.domain.organisation.state import Organisation
from okr_service.domain.organisation.tree import tree_at

router = APIRouter(prefix="/v1/organisation", tags=["organisation"])


@router.get("")
async def read_organisation(
    principal: Reader, cut: UsedCut, services: UsedServices, response: Response
) -> OrganisationResponse:
    """Who works where, at `valid_at`, as it was known at `known_at`."""
    loaded = await load_organisation(services.streams, principal.tenant, cut)
    response.headers["ETag"] = etag(loaded.version)
    branches = tree_at(loaded.state, cut.moment)
    return organisation_response(loaded.state, branches, cut.moment, loaded.version)


Show = Callable[[Organisation, datetime, int], BaseModel]
"""How what was changed looks at a moment, with the organisation's version."""


async def change(
    commands: Sequence[OrganisationCommand],
    show: Show,
    context: CommandContext,
    services: Services,
    *,
    created_at: str | None = None,
) -> Response:
    """Does all of `commands` or none; `created_at` is the path of what is added by them.

    `If-Match` and ETag are the organisation's version.
    """
    moment = max([context.now, *(command.since for command in commands)])

    async def decide() -> Outcome:
        result = await services.organisation.change(context.tenant, commands, context.actor)
        check_if_match(context, result.stood_at)
        body = show(result.state, moment, result.version)
        status = 200 if created_at is None else 201
        return Outcome(result.writes, status, body, created_at, result.version)

    return await execute(services.store, context, decide)
