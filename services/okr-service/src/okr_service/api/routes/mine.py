from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from helmlog_web.reads import AsOfQuery

from okr_service.api.dependencies import Reader, UsedCut, UsedServices, seen
from okr_service.api.schemas.mine import MineResponse, mine_response
from okr_service.domain.mine import own_of

router = APIRouter(prefix="/v1/mine", tags=["board"])


@router.get("", dependencies=[seen])
async def read_mine(
    principal: Reader,
    as_of: AsOfQuery,
    cut: UsedCut,
    services: UsedServices,
    owner: Annotated[
        str | None, Query(max_length=255, description="The token's subject, if left out.")
    ] = None,
) -> MineResponse:
    """An owner's objectives and key results in cycles that are not closed, and what is due."""
    name = principal.subject if owner is None else owner
    found = [
        own
        async for board in services.queries.all_boards(principal.tenant, None, cut, closed=False)
        for own in own_of(board, name, cut.moment)
    ]
    return mine_response(
        name, found, moment=cut.moment, valid_at=as_of.valid_at, known_at=as_of.known_at
    )
