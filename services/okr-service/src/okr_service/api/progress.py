"""A long command answered line by line: how far it has come, and at last what it came to."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import orjson
from helmlog_events.store.protocol import StoreUnavailable, VersionConflict
from helmlog_web.headers import SEQ
from helmlog_web.problems import Problem, conflict, store_unavailable, unexpected
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from okr_service.api.errors import REFUSALS
from okr_service.domain.refusals import Refusal

MEDIA_TYPE = "application/x-ndjson"

Told = Callable[[str, int], None]


def wants_progress(request: Request) -> bool:
    return MEDIA_TYPE in request.headers.get("accept", "")


def stream_progress(
    request: Request, rows: int, run: Callable[[Told], Awaitable[Response]]
) -> StreamingResponse:
    """Lines of `{"phase", "rows_done", "rows"}`; the last is what `run` answers, or its problem.

    `run` is given what to tell progress by; it may tell it from another thread.
    """
    return StreamingResponse(_lines(request, rows, run), media_type=MEDIA_TYPE)


async def _lines(
    request: Request, rows: int, run: Callable[[Told], Awaitable[Response]]
) -> AsyncIterator[bytes]:
    loop = asyncio.get_running_loop()
    told: asyncio.Queue[dict[str, Any] | None] = asyncio.Queue()

    def tell(phase: str, done: int) -> None:
        line = {"phase": phase, "rows_done": done, "rows": rows}
        loop.call_soon_threadsafe(told.put_nowait, line)

    work = asyncio.ensure_future(run(tell))
    work.add_done_callback(lambda _: told.put_nowait(None))
    try:
        while (line := await told.get()) is not None:
            yield orjson.dumps(line) + b"\n"
        yield _answer(work, request) + b"\n"
    finally:
        # A client that leaves takes its command along, unless it is being committed already.
        work.cancel()
        with contextlib.suppress(asyncio.CancelledError, Exception):
            await work


def _answer(work: asyncio.Future[Response], request: Request) -> bytes:
    error = work.exception()
    if error is None:
        response = work.result()
        return orjson.dumps({**orjson.loads(response.body), "seq": int(response.headers[SEQ])})
    return orjson.dumps({"problem": _problem(error, request).document()}, default=str)


def _problem(error: BaseException, request: Request) -> Problem:
    match error:
        case Problem():
            return error
        case Refusal():
            return REFUSALS[type(error)](error)
        case VersionConflict():
            return conflict(error, conditional="if-match" in request.headers)
        case StoreUnavailable():
            return store_unavailable(error)
        case Exception():
            return unexpected(error, method=request.method, path=request.url.path)
        case _:
            raise error
