from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Query, Response
from helmlog_events.contracts.kpi import Period, Purpose
from helmlog_web.commands import Outcome, execute

from kpi_service.api.decided import decided
from kpi_service.api.dependencies import DefinitionCommand, Reader, UsedMoment, UsedServices
from kpi_service.api.errors import by_route
from kpi_service.api.schemas.kpis import KPIResponse
from kpi_service.api.schemas.targets import (
    SetTargetRequest,
    TargetHistoryResponse,
    TargetStepResponse,
    WithdrawTargetRequest,
)
from kpi_service.domain.kpi.decide import SetTarget, WithdrawTarget
from kpi_service.domain.kpi.targets import steps_of

router = APIRouter(prefix="/v1/kpis", tags=["targets"])


@router.put("/{kpi}/targets", response_model=KPIResponse, responses=by_route.SET_TARGET)
async def set_target(
    kpi: str, body: SetTargetRequest, context: DefinitionCommand, services: UsedServices
) -> Response:
    """The target, or budget, from `effective_from` on, until a later one of its period."""

    async def decide() -> Outcome:
        kpi_id = await services.definitions.find(context.tenant, kpi)
        command = SetTarget(kpi_id, at=context.now, **body.model_dump())
        return await decided(services, context, command)

    return await execute(services.store, context, decide)


@router.get("/{kpi}/targets", responses=by_route.OF_KPI)
async def list_targets(
    kpi: str,
    principal: Reader,
    moment: UsedMoment,
    services: UsedServices,
    period: Annotated[Period | None, Query()] = None,
    purpose: Annotated[Purpose | None, Query()] = None,
) -> TargetHistoryResponse:
    """Every target and budget that held, holds or will, as known at `known_at`; at `valid_at` those
    that had begun by then.
    """
    loaded = await services.definitions.load_by_key(
        principal.tenant, kpi, valid_at=moment.valid_at, up_to_seq=moment.up_to_seq
    )
    steps = [
        TargetStepResponse(
            effective_until=step.effective_until,
            holds=step.holds_at(moment.at),
            **asdict(step.target),
        )
        for step in steps_of(loaded.kpi)
        if period in (None, step.target.period)
        and purpose in (None, step.target.purpose)
        and (moment.valid_at is None or step.target.effective_from <= moment.valid_at)
    ]
    return TargetHistoryResponse(items=steps)


@router.post(
    "/{kpi}/targets:withdraw", response_model=KPIResponse, responses=by_route.WITHDRAW_TARGET
)
async def withdraw_target(
    kpi: str, body: WithdrawTargetRequest, context: DefinitionCommand, services: UsedServices
) -> Response:
    """From `effective_from` on there is none of that period and purpose, until a later one."""

    async def decide() -> Outcome:
        kpi_id = await services.definitions.find(context.tenant, kpi)
        since = body.effective_from or context.now
        command = WithdrawTarget(
            kpi_id, since, at=context.now, period=body.period, purpose=body.purpose
        )
        return await decided(services, context, command)

    return await execute(services.store, context, decide)
