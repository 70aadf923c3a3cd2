from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

import orjson
from fastapi import APIRouter, Query, Response

from okr_service.api.dependencies import Reader, UsedCut, UsedServices, seen
from okr_service.application.cycles import load_cycle
from okr_service.domain.imports.exporting import as_csv, export_rows
from okr_service.domain.imports.ledger import IMPORTS

router = APIRouter(prefix="/v1/cycles/{cycle_id}/export", tags=["imports"])

_BODIES = {
    "content": {
        "text/csv": {"schema": {"type": "string"}},
        "application/json": {"schema": {"type": "array", "items": {"type": "object"}}},
    }
}


@router.get("", dependencies=[seen], response_class=Response, responses={200: _BODIES})
async def export_cycle(
    cycle_id: UUID,
    principal: Reader,
    cut: UsedCut,
    services: UsedServices,
    file_format: Annotated[Literal["csv", "json"], Query(alias="format")] = "csv",
    columns: Annotated[
        Literal["default", "all"], Query(description="`all` adds how things are measured.")
    ] = "default",
) -> Response:
    """The cycle as a file that can be imported: what came in by imports, in the order it came in,
    then what was made by hand, under its own ids. As of `valid_at` and `known_at`.
    """
    tenant, all_columns = principal.tenant, columns == "all"
    await load_cycle(services.streams, tenant, cycle_id, cut)
    ledger = await services.streams.load_at(IMPORTS, tenant, cycle_id, cut)
    board = await services.boards.at(tenant, cycle_id, cut)
    rows = export_rows(board.objectives(), ledger.state, all_columns=all_columns)
    name = {"Content-Disposition": f'attachment; filename="{cycle_id}.{file_format}"'}
    if file_format == "json":
        return Response(orjson.dumps(rows), headers=name, media_type="application/json")
    return Response(as_csv(rows, all_columns=all_columns), headers=name, media_type="text/csv")
