from __future__ import annotations

from fastapi import APIRouter, Response
from helmlog_web.commands import Outcome, execute

from kpi_service.api.decided import decided
from kpi_service.api.dependencies import DefinitionCommand, UsedServices
from kpi_service.api.errors import by_route
from kpi_service.api.schemas.kpis import KPIResponse, ServiceRequest
from kpi_service.domain.kpi.decide import RetireKPI, ReviveKPI

router = APIRouter(prefix="/v1/kpis", tags=["KPIs"])


@router.post("/{kpi}:retire", response_model=KPIResponse, responses=by_route.RETIRE)
async def retire_kpi(
    kpi: str, body: ServiceRequest, context: DefinitionCommand, services: UsedServices
) -> Response:
    """It is measured no more: readings observed from then on are rejected, and silence means
    nothing. What it was stays; its parts go on.
    """

    async def decide() -> Outcome:
        kpi_id = await services.definitions.find(context.tenant, kpi)
        since = body.effective_from or context.now
        command = RetireKPI(kpi_id, since, body.reason, at=context.now)
        return await decided(services, context, command)

    return await execute(services.store, context, decide)


@router.post("/{kpi}:revive", response_model=KPIResponse, responses=by_route.REVIVE)
async def revive_kpi(
    kpi: str, body: ServiceRequest, context: DefinitionCommand, services: UsedServices
) -> Response:
    """It is measured again."""

    async def decide() -> Outcome:
        kpi_id = await services.definitions.find(context.tenant, kpi)
        since = body.effective_from or context.now
        command = ReviveKPI(kpi_id, since, body.reason, at=context.now)
        return await decided(services, context, command)

    return await execute(services.store, context, decide)
