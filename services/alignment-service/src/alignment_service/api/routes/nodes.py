from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import TypedDict
from uuid import UUID

from fastapi import APIRouter, Response
from helmlog_events.contracts.alignment import RollUpChanged
from helmlog_events.store.protocol import EventStore
from helmlog_web.problems import Problem
from helmlog_web.reads import AsOf, AsOfQuery, etag

from alignment_service.api.dependencies import Reader, Service
from alignment_service.api.schemas import NodeReference, PartResponse, RollUpResponse
from alignment_service.readmodel.roll_ups import roll_up_stream

router = APIRouter(prefix="/v1/nodes", tags=["nodes"])


@router.get("/{node_id}/roll-up")
async def read_roll_up(
    node_id: UUID, service: Service, principal: Reader, as_of: AsOfQuery, response: Response
) -> RollUpResponse:
    """A node's roll-up, as it was true at `valid_at` by what was known at `known_at`."""
    known = (await service.nodes.find(principal.tenant, [node_id])).get(node_id)
    if known is None:
        raise Problem(404, "not-found", "Not Found", f"No node {node_id} is known.")
    parts = None
    if as_of == AsOf():
        parts = [
            PartResponse(id=child, weight=weight, roll_up=roll_up)
            for child, weight, roll_up in await service.graph.parts(principal.tenant, node_id)
        ]
    shown = await _as_of(service.store, principal.tenant, node_id, as_of)
    answer = RollUpResponse(
        node=NodeReference(type=known.type, id=node_id),
        cycle_id=known.cycle_id,
        parts=parts,
        **shown,
    )
    response.headers["ETag"] = etag(answer.version)
    return answer


class _Shown(TypedDict):
    roll_up: Decimal | None
    since: datetime | None
    recorded_at: datetime | None
    cause: str | None
    version: int


async def _as_of(store: EventStore, tenant: str, node_id: UUID, as_of: AsOf) -> _Shown:
    up_to = None if as_of.known_at is None else await store.seq_at(as_of.known_at)
    shown = _Shown(roll_up=None, since=None, recorded_at=None, cause=None, version=0)
    for record in await store.read_stream(tenant, roll_up_stream(node_id), up_to_seq=up_to):
        # Along the stream `occurred_at` never runs backwards.
        if as_of.valid_at is not None and record.occurred_at > as_of.valid_at:
            break
        if isinstance(event := record.event, RollUpChanged):
            shown = _Shown(
                roll_up=event.roll_up,
                since=record.occurred_at,
                recorded_at=record.recorded_at,
                cause=event.cause,
                version=record.version,
            )
    return shown
