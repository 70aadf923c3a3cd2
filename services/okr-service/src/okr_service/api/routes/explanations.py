from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Response
from helmlog_web.reads import AsOfQuery, etag

from okr_service.api.dependencies import Reader, UsedCut, UsedServices, seen
from okr_service.api.schemas.explanations import ExplanationResponse, explained_responses
from okr_service.application.explanations import explain_objective
from okr_service.application.objectives import load_objective

router = APIRouter(prefix="/v1/objectives/{objective_id}/explain", tags=["objectives"])


@router.get("", dependencies=[seen])
async def explain(
    objective_id: UUID,
    principal: Reader,
    as_of: AsOfQuery,
    cut: UsedCut,
    services: UsedServices,
    response: Response,
) -> ExplanationResponse:
    """Why the objective shows what it shows, as it was at `valid_at` and known at `known_at`."""
    tenant = principal.tenant
    objective, cycle = await load_objective(services.streams, tenant, objective_id, cut)
    values = await explain_objective(
        services.streams, services.boards, tenant, objective, cycle, cut
    )
    response.headers["ETag"] = etag(objective.version)
    return ExplanationResponse(
        id=objective_id,
        version=objective.version,
        valid_at=as_of.valid_at,
        known_at=as_of.known_at,
        values=explained_responses(values),
    )
