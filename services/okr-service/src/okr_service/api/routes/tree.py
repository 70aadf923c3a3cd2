from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter
from helmlog_web.reads import AsOfQuery

from okr_service.api.dependencies import Reader, UsedCut, UsedServices, seen
from okr_service.api.schemas.tree import TreeResponse, tree_response
from okr_service.application.cycles import load_cycle
from okr_service.application.organisation import load_organisation
from okr_service.domain.tree import grow_tree

router = APIRouter(prefix="/v1/cycles/{cycle_id}/tree", tags=["board"])


@router.get("", dependencies=[seen])
async def read_tree(
    cycle_id: UUID, principal: Reader, as_of: AsOfQuery, cut: UsedCut, services: UsedServices
) -> TreeResponse:
    """The cycle's objectives under what they contribute to, roots first."""
    loaded = await load_cycle(services.streams, principal.tenant, cycle_id, cut)
    board = await services.boards.at(principal.tenant, cycle_id, cut)
    organisation = await load_organisation(services.streams, principal.tenant, cut)
    return tree_response(
        loaded.state,
        loaded.version,
        grow_tree(board.objectives(), board.told),
        organisation.state,
        moment=cut.moment,
        valid_at=as_of.valid_at,
        known_at=as_of.known_at,
    )
