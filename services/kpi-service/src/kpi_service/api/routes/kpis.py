from __future__ import annotations

from typing import Annotated, cast
from uuid import UUID

from fastapi import APIRouter, Query, Response
from helmlog_events import clock
from helmlog_events.contracts.kpi import KPIDefined, KPILevel, KPIType
from helmlog_events.ids import new_id
from helmlog_web.commands import CommandContext, Outcome, check_if_match, execute
from helmlog_web.headers import etag
from helmlog_web.reads import (
    DEFAULT_LIMIT,
    AsOfQuery,
    Cursor,
    Limit,
    Page,
    decode_cursor,
    encode_cursor,
)
from helmlog_web.text import Name, Slug

from kpi_service.api.dependencies import (
    DefinitionCommand,
    Reader,
    Services,
    UsedServices,
    seen,
)
from kpi_service.api.schemas import (
    DefineKPIRequest,
    KPIResponse,
    ReviseKPIRequest,
    SetTargetRequest,
    SetThresholdPolicyRequest,
)
from kpi_service.api.views import kpi_response
from kpi_service.application.handlers import kpi_of
from kpi_service.domain.kpi.decide import (
    DefineKPI,
    Fields,
    KPICommand,
    ReviseKPI,
    SetTarget,
    SetThresholdPolicy,
)

router = APIRouter(prefix="/v1/kpis", tags=["KPIs"])


@router.post("", status_code=201, response_model=KPIResponse)
async def define_kpi(
    body: DefineKPIRequest, context: DefinitionCommand, services: UsedServices
) -> Response:
    async def decide() -> Outcome:
        # The id is new for each try: one that failed may have left its name to another.
        definition = KPIDefined(kpi_id=new_id(), **body.model_dump())
        command = DefineKPI(definition, at=context.now)
        outcome = await _decided(services, context, command, status=201)
        return Outcome(
            outcome.writes,
            outcome.status,
            outcome.body,
            location=f"/v1/kpis/{definition.kpi_id}",
            version=outcome.version,
        )

    return await execute(services.store, context, decide)


@router.get("", dependencies=[seen])
async def list_kpis(
    principal: Reader,
    services: UsedServices,
    slug: Annotated[Slug | None, Query()] = None,
    type: Annotated[KPIType | None, Query()] = None,  # noqa: A002 - the parameter's name
    level: Annotated[KPILevel | None, Query()] = None,
    owner: Annotated[Name | None, Query()] = None,
    key: Annotated[bool | None, Query()] = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[KPIResponse]:
    """In the order in which they were defined."""
    asked = {"slug": slug, "type": type, "level": level, "owner": owner, "key": key}
    filters = {name: wanted for name, wanted in asked.items() if wanted is not None}
    after: UUID | None = None if cursor is None else decode_cursor(cursor, UUID)[0]
    found = await services.queries.list_kpis(principal.tenant, filters, after, limit + 1)
    now = clock.now()
    items = [kpi_response(*one, now) for one in found[:limit]]
    return Page(items=items, next_cursor=encode_cursor([items[-1].id]) if found[limit:] else None)


@router.get("/{kpi}")
async def read_kpi(
    kpi: str, principal: Reader, as_of: AsOfQuery, services: UsedServices, response: Response
) -> KPIResponse:
    """By id or slug; as it was true at `valid_at` and known at `known_at`.

    In the past, `threshold_state` tells normal, warning and critical; what was pending or
    recovering is not kept.
    """
    kpi_id = await services.definitions.find(principal.tenant, kpi)
    now = clock.now()
    if as_of.valid_at is None and as_of.known_at is None:
        loaded = await services.definitions.load(principal.tenant, kpi_id)
        measured = await services.queries.measurement(principal.tenant, kpi_id)
        moment = now
    else:
        known_at = as_of.known_at
        up_to_seq = None if known_at is None else await services.store.seq_at(known_at)
        loaded = await services.definitions.load(principal.tenant, kpi_id, up_to_seq=up_to_seq)
        moment = as_of.valid_at or known_at or now
        measured = await services.queries.measurement_at(
            principal.tenant, kpi_id, as_of.valid_at, known_at
        )
    response.headers["ETag"] = etag(loaded.version)
    return kpi_response(loaded.kpi, loaded.version, measured, moment)


@router.patch("/{kpi}", response_model=KPIResponse)
async def revise_kpi(
    kpi: str, body: ReviseKPIRequest, context: DefinitionCommand, services: UsedServices
) -> Response:
    async def decide() -> Outcome:
        kpi_id = await services.definitions.find(context.tenant, kpi)
        fields = body.model_dump(exclude_unset=True)
        command = ReviseKPI(kpi_id, cast("Fields", fields), at=context.now)
        return await _decided(services, context, command)

    return await execute(services.store, context, decide)


@router.put("/{kpi}/targets", response_model=KPIResponse)
async def set_target(
    kpi: str, body: SetTargetRequest, context: DefinitionCommand, services: UsedServices
) -> Response:
    """The target from `effective_from` on, until a later one."""

    async def decide() -> Outcome:
        kpi_id = await services.definitions.find(context.tenant, kpi)
        command = SetTarget(kpi_id, body.effective_from, body.target, at=context.now)
        return await _decided(services, context, command)

    return await execute(services.store, context, decide)


@router.put("/{kpi}/threshold-policy", response_model=KPIResponse)
async def set_threshold_policy(
    kpi: str, body: SetThresholdPolicyRequest, context: DefinitionCommand, services: UsedServices
) -> Response:
    """The policy for readings observed from `effective_from` on, until a later one."""

    async def decide() -> Outcome:
        command = SetThresholdPolicy(
            await services.definitions.find(context.tenant, kpi),
            body.effective_from,
            tuple(rule.to_rule() for rule in body.rules),
            body.no_data_after,
            body.on_no_data,
            at=context.now,
        )
        return await _decided(services, context, command)

    return await execute(services.store, context, decide)


async def _decided(
    services: Services, context: CommandContext, command: KPICommand, status: int = 200
) -> Outcome:
    decided = await services.definitions.decide(context.tenant, command)
    check_if_match(context, decided.before)
    measured = await services.queries.measurement(context.tenant, kpi_of(command))
    body = kpi_response(decided.kpi, decided.version, measured, context.now)
    return Outcome(decided.writes, status, body, version=decided.version)
