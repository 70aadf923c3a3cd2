from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response
from helmlog_events.contracts.alignment import LinkAdded, LinkKind
from helmlog_events.contracts.nodes import Node
from helmlog_web.commands import Outcome, check_if_match, execute
from helmlog_web.reads import Cursor, Limit, Page, decode_cursor, encode_cursor, etag, min_seq
from sqlalchemy import Row

from alignment_service.api.dependencies import Context, Reader, Service, Writer
from alignment_service.api.schemas import LinkRequest, LinkResponse, NodeReference
from alignment_service.application.handlers import NewLink
from alignment_service.domain.links.decide import UnknownLink

router = APIRouter(prefix="/v1/links", tags=["links"])

_VERSION = 1
"""A link is added once and never changed."""


@router.post("", status_code=201, response_model=LinkResponse)
async def add_link(request: LinkRequest, service: Service, context: Context, _: Writer) -> Response:
    """Links an objective up. Nodes created a moment ago are waited for."""
    link = NewLink(
        request.kind,
        Node(type=request.source.type, id=request.source.id),
        Node(type=request.target.type, id=request.target.id),
        request.weight,
    )

    async def decide() -> Outcome:
        added, writes = await service.handlers.add(context.tenant, link, context.now)
        location = f"/v1/links/{added.link_id}"
        return Outcome(writes, 201, _from_event(added), location, _VERSION)

    return await execute(service.store, context, decide)


@router.delete("/{link_id}", status_code=204, response_class=Response)
async def remove_link(link_id: UUID, service: Service, context: Context, _: Writer) -> Response:
    """Takes a link away; what was said with it stays in the log."""
    check_if_match(context, _VERSION)

    async def decide() -> Outcome:
        writes = await service.handlers.remove(context.tenant, link_id, context.now)
        return Outcome(writes, 204, None)

    return await execute(service.store, context, decide)


@router.get("/{link_id}")
async def read_link(
    link_id: UUID, service: Service, principal: Reader, response: Response
) -> LinkResponse:
    standing = await service.graphs.current(principal.tenant)
    found = standing.graph.links.get(link_id)
    if found is None:
        raise UnknownLink(link_id)
    response.headers["ETag"] = etag(_VERSION)
    return _from_event(found)


@router.get("", dependencies=[Depends(min_seq)])
async def list_links(
    service: Service,
    principal: Reader,
    kind: LinkKind | None = None,
    source: Annotated[UUID | None, Query(alias="from")] = None,
    target: Annotated[UUID | None, Query(alias="to")] = None,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> Page[LinkResponse]:
    """The links that stand, the oldest first."""
    after = None if cursor is None else decode_cursor(cursor, UUID)[0]
    rows = await service.links.page(
        principal.tenant, kind=kind, source=source, target=target, after=after, limit=limit + 1
    )
    more = len(rows) > limit
    return Page(
        items=[_from_row(row) for row in rows[:limit]],
        next_cursor=encode_cursor([rows[limit - 1].link_id]) if more else None,
    )


def _from_event(link: LinkAdded) -> LinkResponse:
    return LinkResponse(
        id=link.link_id,
        kind=link.kind,
        source=NodeReference(type=link.source.type, id=link.source.id),
        target=NodeReference(type=link.target.type, id=link.target.id),
        weight=link.weight,
    )


def _from_row(row: Row[Any]) -> LinkResponse:
    return LinkResponse(
        id=row.link_id,
        kind=row.kind,
        source=NodeReference(type="objective", id=row.source_id),
        target=NodeReference(type=row.target_type, id=row.target_id),
        weight=row.weight,
    )
