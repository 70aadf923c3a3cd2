"""`GET /v1/stream`: a service's own log, live, as Server-Sent Events."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Annotated, Any, Final
from uuid import UUID

import orjson
import structlog
from fastapi import APIRouter, Depends, Header, Query, Request
from fastapi.sse import format_sse_event
from helmlog_events.envelope import RecordedEvent
from helmlog_events.pipeline.tail import LogTail, Selection
from helmlog_events.store.postgres.connections import is_connection_loss
from helmlog_events.values import Instant
from prometheus_client import Gauge
from pydantic import Field
from starlette.responses import Response, StreamingResponse

from helmlog_web.auth import Principal, require
from helmlog_web.headers import MAX_BIGINT
from helmlog_web.problems import validation_problem
from helmlog_web.schemas import ResponseModel

HEARTBEAT: Final = 15.0
"""Seconds of silence after which a comment is sent, so that nobody in between hangs up."""

_PAUSE: Final = 1.0
_OPEN: Final = Gauge("helmlog_streams_open", "Live streams that are being read.")
_log = structlog.get_logger(__name__)

_position = Header(
    alias="Last-Event-ID",
    pattern=r"^(0|[1-9][0-9]{0,18})$",
    description="The `id` of the last event that was seen; goes before `after`.",
)


class StreamedEvent(ResponseModel):
    """An entry of the log; `data` is in the current schema of its type, whichever it was written
    in. `version` is the entry's place in its stream.
    """

    seq: int
    type: str
    version: int
    schema_version: int
    stream: str
    data: dict[str, Any]
    actor: str
    occurred_at: Instant = Field(description="When it was true.")
    recorded_at: Instant = Field(description="When it became known.")
    cause: str | None = Field(description="The event it came from, as `okr/1204`.")


_RESPONSE: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "Until the token expires or the server stops; then resume.",
        "content": {
            "text/event-stream": {
                "itemSchema": {
                    "type": "object",
                    "required": ["id", "event", "data"],
                    "properties": {
                        "id": {"type": "string", "description": "The event's `seq`."},
                        "event": {"type": "string", "description": "The event's type."},
                        "data": {
                            "type": "string",
                            "contentMediaType": "application/json",
                            "contentSchema": StreamedEvent.model_json_schema(mode="serialization"),
                        },
                    },
                }
            }
        },
    }
}


class EventStream(StreamingResponse):
    """FastAPI's own runs ahead of the reader, in three tasks a stream, and knows one heartbeat."""

    media_type = "text/event-stream"


router = APIRouter(prefix="/v1", tags=["stream"])


def _tail(request: Request) -> LogTail:
    tail: LogTail = request.app.state.log
    return tail


Tail = Annotated[LogTail, Depends(_tail)]
Reader = Annotated[
    Principal, Depends(require("viewer", "contributor", "owner", "admin", "auditor"))
]


async def _start(
    tail: Tail,
    last_event_id: Annotated[str | None, _position] = None,
    after: Annotated[
        int | None, Query(ge=0, le=MAX_BIGINT, description="Begin behind this `seq`.")
    ] = None,
) -> int:
    """Where the stream begins: behind what the client has seen, else at the log's end."""
    head = await tail.head()
    if last_event_id is not None:
        return _within(head, int(last_event_id), "header", "last-event-id")
    return head if after is None else _within(head, after, "query", "after")


async def _selection(
    principal: Reader,
    types: Annotated[
        list[Annotated[str, Field(max_length=100)]] | None,
        Query(alias="type", max_length=100, description="Only these event types."),
    ] = None,
    cycle_id: Annotated[UUID | None, Query(description="Only what names this cycle.")] = None,
    stream: Annotated[
        str | None, Query(max_length=200, description="Only this stream: `cycle-<id>`.")
    ] = None,
) -> Selection:
    return Selection(
        tenant=principal.tenant,
        types=None if types is None else frozenset(types),
        stream=stream,
        cycle_id=None if cycle_id is None else str(cycle_id),
    )


@router.get("/stream", response_class=EventStream, responses=_RESPONSE)
async def stream_log(
    tail: Tail,
    principal: Reader,
    selection: Annotated[Selection, Depends(_selection)],
    start: Annotated[int, Depends(_start)],
) -> Response:
    """Every event of the tenant from now on, or from a position, in order: none is left out and
    none comes twice, however often the connection is cut and resumed.

    In silence a comment is sent every 15 seconds, with the `seq` the log was read up to.
    """
    return EventStream(
        _follow(tail, start, selection, principal.expires_at),
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


def _within(head: int, seq: int, place: str, name: str) -> int:
    # From beyond its end the log could only go on with other events than the client thinks.
    if seq > head:
        detail = "this lies beyond the end of the log"
        raise validation_problem([{"in": place, "name": name, "detail": detail}])
    return seq


async def _follow(
    tail: LogTail, position: int, selection: Selection, expires_at: float
) -> AsyncIterator[bytes]:
    """Reads on only when what was read before is on its way: the reader sets the pace."""
    with _OPEN.track_inprogress():
        yield _read_up_to(position)
        spoke_at = time.monotonic()
        while not tail.ended and (remaining := expires_at - time.time()) > 0:
            silence = time.monotonic() - spoke_at
            try:
                stretch = await tail.read(
                    position, selection, within=min(HEARTBEAT - silence, remaining)
                )
            except Exception as error:
                if not is_connection_loss(error):
                    raise
                _log.info("stream_waits", error=repr(error))
                await asyncio.sleep(_PAUSE)
            else:
                position = stretch.up_to
                if stretch.entries:
                    yield b"".join(map(_encode, stretch.entries))
                    spoke_at = time.monotonic()
                    continue
            if time.monotonic() - spoke_at >= HEARTBEAT:
                yield _read_up_to(position)
                spoke_at = time.monotonic()


def _encode(entry: RecordedEvent) -> bytes:
    event = entry.event
    metadata = orjson.loads(entry.metadata)
    shown = StreamedEvent(
        seq=entry.seq,
        type=entry.type,
        version=entry.version,
        schema_version=event.schema_version,
        stream=entry.stream,
        data=event.model_dump(mode="json"),
        actor=metadata["actor"],
        occurred_at=entry.occurred_at,
        recorded_at=entry.recorded_at,
        cause=metadata.get("causation_id"),
    )
    return format_sse_event(data_str=shown.model_dump_json(), event=entry.type, id=str(entry.seq))


def _read_up_to(position: int) -> bytes:
    return format_sse_event(comment=f"read up to {position}")
