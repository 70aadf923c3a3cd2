from __future__ import annotations

from typing import Annotated, Any, Final, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Response
from helmlog_web.reads import AsOfQuery

from okr_service.api.dependencies import Reader, UsedCut, UsedServices, seen
from okr_service.api.exports import retrospective_csv, retrospective_markdown
from okr_service.api.schemas.retrospective import RetrospectiveResponse, retrospective_response
from okr_service.application.cycles import load_cycle
from okr_service.domain.retrospective import look_back

router = APIRouter(prefix="/v1/cycles/{cycle_id}/retrospective", tags=["recognition"])

_EXPORTS: Final[dict[int | str, dict[str, Any]]] = {
    200: {"content": {"text/csv": {}, "text/markdown": {}}}
}


@router.get("", dependencies=[seen], response_model=RetrospectiveResponse, responses=_EXPORTS)
async def read_retrospective(
    cycle_id: UUID,
    principal: Reader,
    as_of: AsOfQuery,
    cut: UsedCut,
    services: UsedServices,
    to: Annotated[Literal["json", "csv", "markdown"], Query(alias="format")] = "json",
) -> Any:
    """What was achieved, missed, learned, carried over, cancelled, and what is still open."""
    loaded = await load_cycle(services.streams, principal.tenant, cycle_id, cut)
    board = await services.boards.at(principal.tenant, cycle_id, cut)
    found = retrospective_response(
        loaded.state,
        loaded.version,
        look_back(board.objectives()),
        moment=cut.moment,
        valid_at=as_of.valid_at,
        known_at=as_of.known_at,
    )
    if to == "csv":
        return _file(retrospective_csv(found), "text/csv", f"retrospective-{cycle_id}.csv")
    if to == "markdown":
        page = retrospective_markdown(found)
        return _file(page, "text/markdown", f"retrospective-{cycle_id}.md")
    return found


def _file(text: str, media_type: str, name: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(text, media_type=f"{media_type}; charset=utf-8", headers=headers)
