from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response
from helmlog_events.contracts.kpi import SourceRegistered
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
from helmlog_web.text import Title

from kpi_service.api.dependencies import (
    Reader,
    Services,
    SourceCommandContext,
    UsedServices,
    seen,
)
from kpi_service.api.errors import by_route
from kpi_service.api.schemas.sources import (
    KeyedSourceResponse,
    RegisterSourceRequest,
    ReviseSourceRequest,
    RevokeSourceRequest,
    RotateKeyRequest,
    SourceDetailResponse,
    SourceResponse,
    detail_response,
    keyed_response,
    source_response,
)
from kpi_service.application.sources import DecidedSource
from kpi_service.domain.durations import DurationUnreadable, parse_duration
from kpi_service.domain.kpi.refusals import DurationRefused
from kpi_service.domain.source.decide import (
    RegisterSource,
    ReviseSource,
    RevokeSource,
    RotateKey,
    SourceCommand,
)
from kpi_service.domain.source.key import SECRET_BYTES, KeyOwner, key_digest, make_key

router = APIRouter(prefix="/v1/sources", tags=["sources"])


@router.post("", status_code=201, response_model=KeyedSourceResponse, responses=by_route.REGISTER)
async def register_source(
    body: RegisterSourceRequest, context: SourceCommandContext, services: UsedServices
) -> Response:
    """The answer holds the source's `key`, which is told this once and kept nowhere."""

    async def decide() -> Outcome:
        # The id is new for each try: one that failed may have left its name to another.
        source_id = new_id()
        key = _new_key(context, source_id)
        kpi_ids = await services.sources.kpi_ids(context.tenant, body.keys())
        registration = SourceRegistered(
            source_id=source_id,
            name=body.name,
            description=body.description,
            key_digest=key_digest(key),
            kpi_ids=_allowed(body, kpi_ids),
            series=tuple(one.to_mapping(kpi_ids[one.kpi]) for one in body.series),
        )
        command = RegisterSource(registration, at=context.now)
        decided = await _decided(services, context, command)
        return _telling(decided, key, status=201, location=f"/v1/sources/{source_id}")

    return await execute(services.store, context, decide)


@router.get("", dependencies=[seen])
async def list_sources(
    principal: Reader,
    as_of: AsOfQuery,
    services: UsedServices,
    name: Annotated[Title | None, Query()] = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[SourceResponse]:
    """In the order of their registration; as they were at `valid_at` and known at `known_at`."""
    after: UUID | None = None if cursor is None else decode_cursor(cursor, UUID)[0]
    views, following = await services.source_queries.list_sources(
        principal.tenant, name, as_of.valid_at, as_of.known_at, after, limit
    )
    return Page(
        items=[source_response(view) for view in views],
        next_cursor=None if following is None else encode_cursor([following]),
    )


@router.get("/{source_id}", responses=by_route.OF_SOURCE)
async def read_source(
    source_id: UUID,
    principal: Reader,
    as_of: AsOfQuery,
    services: UsedServices,
    response: Response,
) -> SourceDetailResponse:
    view = await services.sources.load(principal.tenant, source_id, as_of.valid_at, as_of.known_at)
    unmapped = None
    if as_of.valid_at is None and as_of.known_at is None:
        noted = await services.source_queries.unmapped(principal.tenant, source_id)
        still = await services.remote_write.series.unmapped(
            principal.tenant, view.source, noted.series
        )
        unmapped = noted._replace(series=still)
    response.headers["ETag"] = etag(view.version)
    return detail_response(view, unmapped)


@router.put("/{source_id}", response_model=SourceResponse, responses=by_route.REVISE_SOURCE)
async def revise_source(
    source_id: UUID,
    body: ReviseSourceRequest,
    context: SourceCommandContext,
    services: UsedServices,
) -> Response:
    """What it may send and what its series are, from the next reading on; not its name."""

    async def decide() -> Outcome:
        kpi_ids = await services.sources.kpi_ids(context.tenant, body.keys())
        command = ReviseSource(
            source_id,
            body.description,
            _allowed(body, kpi_ids),
            tuple(one.to_mapping(kpi_ids[one.kpi]) for one in body.series),
            at=context.now,
        )
        return _told(await _decided(services, context, command))

    return await execute(services.store, context, decide)


@router.post(
    "/{source_id}:rotate-key", response_model=KeyedSourceResponse, responses=by_route.ROTATE_KEY
)
async def rotate_key(
    source_id: UUID,
    body: RotateKeyRequest,
    context: SourceCommandContext,
    services: UsedServices,
) -> Response:
    """Gives a new `key`, told this once; both are accepted until `previous_key_until`."""

    async def decide() -> Outcome:
        key = _new_key(context, source_id)
        overlap = timedelta(0) if body.overlap is None else _duration(body.overlap)
        command = RotateKey(source_id, key_digest(key), overlap, at=context.now)
        return _telling(await _decided(services, context, command), key)

    return await execute(services.store, context, decide)


@router.post("/{source_id}:revoke", response_model=SourceResponse, responses=by_route.OF_SOURCE)
async def revoke_source(
    source_id: UUID,
    body: RevokeSourceRequest,
    context: SourceCommandContext,
    services: UsedServices,
) -> Response:
    """For good, from the next request on: its keys, and its name in readings of others."""

    async def decide() -> Outcome:
        command = RevokeSource(source_id, body.reason, at=context.now)
        return _told(await _decided(services, context, command))

    return await execute(services.store, context, decide)


async def _decided(
    services: Services, context: CommandContext, command: SourceCommand
) -> DecidedSource:
    decided = await services.sources.decide(context.tenant, command)
    check_if_match(context, decided.before)
    return decided


def _told(decided: DecidedSource) -> Outcome:
    view = decided.view
    return Outcome(decided.writes, 200, source_response(view), version=view.version)


def _telling(
    decided: DecidedSource, key: str, *, status: int = 200, location: str | None = None
) -> Outcome:
    return Outcome(
        decided.writes,
        status,
        keyed_response(decided.view, None),
        location=location,
        version=decided.view.version,
        told_once=keyed_response(decided.view, key),
    )


def _new_key(context: CommandContext, source_id: UUID) -> str:
    return make_key(KeyOwner(context.tenant, source_id), secrets.token_bytes(SECRET_BYTES))


def _allowed(body: ReviseSourceRequest, kpi_ids: dict[str, UUID]) -> tuple[UUID, ...] | None:
    """Each once, whether it was named by id or slug."""
    return None if body.kpis is None else tuple(dict.fromkeys(kpi_ids[key] for key in body.kpis))


def _duration(text: str) -> timedelta:
    try:
        return parse_duration(text)
    except DurationUnreadable as error:
        raise DurationRefused("overlap", error) from error
