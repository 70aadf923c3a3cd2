from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter
from helmlog_web.reads import AsOfQuery

from okr_service.api.dependencies import Reader, UsedCut, UsedServices, seen
from okr_service.api.schemas.objectives import BoardResponse, board_response
from okr_service.application.cycles import load_cycle

router = APIRouter(prefix="/v1/cycles/{cycle_id}/board", tags=["board"])


@router.get("", dependencies=[seen])
async def read_board(
    cycle_id: UUID, principal: Reader, as_of: AsOfQuery, cut: UsedCut, services: UsedServices
) -> BoardResponse:
    """All of a cycle on one page, as it was true at `valid_at` and known at `known_at`."""
    loaded = await load_cycle(services.streams, principal.tenant, cycle_id, cut)
    board = await services.queries.boards.at(principal.tenant, cycle_id, cut)
    return board_response(
        loaded.state,
        loaded.version,
        board.objectives(),
        moment=cut.moment,
        valid_at=as_of.valid_at,
        known_at=as_of.known_at,
    )
