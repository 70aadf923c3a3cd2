from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from fastapi import APIRouter, Response
from helmlog_web.conditional import NOT_MODIFIED, IfNoneMatch, conditional
from helmlog_web.reads import AsOf, AsOfQuery

from okr_service.api.board_page import Surroundings, board_page, render_objective
from okr_service.api.dependencies import Reader, UsedCut, UsedServices, seen
from okr_service.api.schemas.objectives import BoardResponse
from okr_service.application.cycles import load_cycle
from okr_service.application.organisation import load_organisation
from okr_service.domain.cut import Cut

router = APIRouter(prefix="/v1/cycles/{cycle_id}/board", tags=["board"])


@router.get("", dependencies=[seen], response_model=BoardResponse, responses=NOT_MODIFIED)
async def read_board(
    cycle_id: UUID,
    principal: Reader,
    as_of: AsOfQuery,
    asked: UsedCut,
    services: UsedServices,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """All of a cycle on one page, as it was true at `valid_at` and known at `known_at`.

    The present board is judged at the last whole minute: it changes with its facts at once, and
    with time alone once a minute. The ETag is that of the page.
    """
    cut = _to_the_minute(asked, as_of)

    async def render() -> bytes:
        loaded = await load_cycle(services.streams, principal.tenant, cycle_id, cut)
        board = await services.boards.at(principal.tenant, cycle_id, cut)
        organisation = await load_organisation(services.streams, principal.tenant, cut)
        around = Surroundings(loaded.state, cut.moment, organisation.state)
        sheets = board.objectives()
        if _is_present(as_of):
            place = (principal.tenant, cycle_id)
            objectives = services.rendered_objectives.render(place, sheets, around)
        else:
            objectives = [render_objective(sheet, around) for sheet in sheets]
        return board_page(
            loaded.version,
            objectives,
            board.initiatives(),
            around,
            valid_at=as_of.valid_at,
            known_at=as_of.known_at,
        )

    page = await services.rendered.find(principal.tenant, cycle_id, cut, as_of, render)
    return conditional(page.body, page.digest, if_none_match)


def _to_the_minute(cut: Cut, as_of: AsOf) -> Cut:
    if not _is_present(as_of):
        return cut
    return replace(cut, moment=cut.moment.replace(second=0, microsecond=0))


def _is_present(as_of: AsOf) -> bool:
    return as_of.valid_at is None and as_of.known_at is None
