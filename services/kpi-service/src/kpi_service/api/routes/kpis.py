from __future__ import annotations

from typing import cast
from uuid import UUID

from fastapi import APIRouter, Response
from helmlog_events.contracts.kpi import KPIDefined
from helmlog_events.ids import new_id
from helmlog_web.commands import Outcome, execute
from helmlog_web.headers import etag
from helmlog_web.reads import (
    DEFAULT_LIMIT,
    Cursor,
    Limit,
    Page,
    decode_cursor,
    encode_cursor,
)

from kpi_service.api.decided import decided, parent_of
from kpi_service.api.dependencies import DefinitionCommand, Reader, UsedMoment, UsedServices, seen
from kpi_service.api.errors import by_route
from kpi_service.api.filters import AskedKPIs
from kpi_service.api.schemas.kpis import (
    DefineKPIRequest,
    KPIResponse,
    ReviseKPIRequest,
    kpi_response,
)
from kpi_service.api.schemas.policies import SetThresholdPolicyRequest
from kpi_service.domain.kpi.decide import DefineKPI, Fields, ReviseKPI, SetThresholdPolicy
from kpi_service.readmodel.filters import Place, place_of

router = APIRouter(prefix="/v1/kpis", tags=["KPIs"])


@router.post("", status_code=201, response_model=KPIResponse, responses=by_route.DEFINE)
async def define_kpi(
    body: DefineKPIRequest, context: DefinitionCommand, services: UsedServices
) -> Response:
    async def decide() -> Outcome:
        # The id is new for each try: one that failed may have left its name to another.
        definition = KPIDefined(kpi_id=new_id(), **body.recorded())
        command = DefineKPI(definition, at=context.now)
        outcome = await decided(services, context, command, status=201)
        return Outcome(
            outcome.writes,
            outcome.status,
            outcome.body,
            location=f"/v1/kpis/{definition.kpi_id}",
            version=outcome.version,
        )

    return await execute(services.store, context, decide)


@router.get("", dependencies=[seen], responses=by_route.OF_KPI)
async def list_kpis(
    principal: Reader,
    moment: UsedMoment,
    services: UsedServices,
    asked: AskedKPIs,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[KPIResponse]:
    """As they were true at `valid_at` and known at `known_at`."""
    last = None if cursor is None else Place(*decode_cursor(cursor, str, UUID))
    found = await services.listing.list_kpis(
        principal.tenant, asked.filter, asked.sort, moment, last, limit + 1
    )
    items = [
        kpi_response(one.kpi, one.version, one.measurement, moment.at, one.parent)
        for one in found[:limit]
    ]
    place = place_of(found[limit - 1].kpi, asked.sort) if found[limit:] else None
    return Page(items=items, next_cursor=None if place is None else encode_cursor(place))


@router.get("/{kpi}", responses=by_route.OF_KPI)
async def read_kpi(
    kpi: str, principal: Reader, moment: UsedMoment, services: UsedServices, response: Response
) -> KPIResponse:
    """By id or slug; as it was true at `valid_at` and known at `known_at`.

    In the past, `threshold_state` tells normal, warning and critical; what was pending or
    recovering is not kept.
    """
    tenant = principal.tenant
    loaded = await services.definitions.load_by_key(
        tenant, kpi, valid_at=moment.valid_at, up_to_seq=moment.up_to_seq
    )
    measured = await services.queries.measurement(tenant, loaded.kpi_id, moment)
    parent = await parent_of(services, tenant, loaded.kpi, moment)
    response.headers["ETag"] = etag(loaded.version)
    return kpi_response(loaded.kpi, loaded.version, measured, moment.at, parent)


@router.patch("/{kpi}", response_model=KPIResponse, responses=by_route.REVISE)
async def revise_kpi(
    kpi: str, body: ReviseKPIRequest, context: DefinitionCommand, services: UsedServices
) -> Response:
    async def decide() -> Outcome:
        kpi_id = await services.definitions.find(context.tenant, kpi)
        fields = body.model_dump(exclude_unset=True)
        command = ReviseKPI(kpi_id, cast("Fields", fields), at=context.now)
        return await decided(services, context, command)

    return await execute(services.store, context, decide)


@router.put("/{kpi}/threshold-policy", response_model=KPIResponse, responses=by_route.SET_POLICY)
async def set_threshold_policy(
    kpi: str, body: SetThresholdPolicyRequest, context: DefinitionCommand, services: UsedServices
) -> Response:
    """The policy for what is observed from `effective_from` on, until a later one: each reading,
    or with evaluate "period" the value of each period, at its end.
    """

    async def decide() -> Outcome:
        command = SetThresholdPolicy(
            await services.definitions.find(context.tenant, kpi),
            body.effective_from,
            tuple(rule.to_rule() for rule in body.rules),
            body.no_data_after,
            body.on_no_data,
            at=context.now,
            evaluate=body.evaluate,
            period=body.period,
        )
        return await decided(services, context, command)

    return await execute(services.store, context, decide)
