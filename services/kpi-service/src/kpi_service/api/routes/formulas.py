from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response
from helmlog_events import clock
from helmlog_events.values import Instant
from helmlog_web.commands import Outcome, check_if_match, execute
from helmlog_web.headers import etag

from kpi_service.api.dependencies import (
    DefinitionCommand,
    Reader,
    UsedMoment,
    UsedServices,
    up_to_seq,
)
from kpi_service.api.errors import by_route
from kpi_service.api.schemas.formulas import (
    KPIFormulasResponse,
    LineageResponse,
    SetFormulaRequest,
    SetFormulaResponse,
    formulas_fields,
    formulas_response,
    lineage_response,
)

router = APIRouter(prefix="/v1/kpis/{kpi}", tags=["formulas"])


@router.put("/formula", response_model=SetFormulaResponse, responses=by_route.SET_FORMULA)
async def set_formula(
    kpi: str, body: SetFormulaRequest, context: DefinitionCommand, services: UsedServices
) -> Response:
    """Makes the KPI a derived one: its values come from other KPIs, by period.

    Each period is computed once it is over, and again whenever a reading that it is made of comes
    late or is corrected. From `effective_from` on, readings of the KPI itself are rejected.
    """

    async def decide() -> Outcome:
        decided = await services.formulas.decide(
            context.tenant,
            kpi,
            effective_from=body.effective_from,
            expression=body.expression,
            inputs=body.inputs,
            period=body.period,
            at=context.now,
        )
        check_if_match(context, decided.before)
        answer = SetFormulaResponse(
            **formulas_fields(decided.kpi, decided.version, context.now),
            warnings=list(decided.hints),
        )
        return Outcome(decided.writes, 200, answer, version=decided.version)

    return await execute(services.store, context, decide)


@router.get("/formula", responses=by_route.OF_KPI)
async def get_formula(
    kpi: str, principal: Reader, moment: UsedMoment, services: UsedServices, response: Response
) -> KPIFormulasResponse:
    """The formula that holds at `valid_at`, and all of them, as known at `known_at`."""
    loaded = await services.definitions.load_by_key(
        principal.tenant, kpi, up_to_seq=moment.up_to_seq
    )
    response.headers["ETag"] = etag(loaded.version)
    return formulas_response(loaded.kpi, loaded.version, moment.at)


@router.get("/values/{at}/lineage", responses=by_route.LINEAGE)
async def get_lineage(
    kpi: str,
    at: Instant,
    principal: Reader,
    services: UsedServices,
    known_at: Annotated[Instant | None, Query(description="As it was known then.")] = None,
) -> LineageResponse:
    """How the value of the period that `at` lies in comes about, as known at `known_at`."""
    kpi_id = await services.definitions.find(principal.tenant, kpi)
    lineage = await services.lineages.of(
        principal.tenant,
        kpi_id,
        at,
        clock.now(),
        known_at=known_at,
        up_to_seq=await up_to_seq(services, known_at),
    )
    return lineage_response(lineage)
