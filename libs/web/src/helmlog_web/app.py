"""How every service's HTTP application is put together."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from typing import Any, Final

from fastapi import APIRouter, FastAPI
from helmlog_events.pipeline.tail import LogTail

from helmlog_web.auth import Authenticator, KeyScheme
from helmlog_web.body import BodyGate
from helmlog_web.failures import FailureGate
from helmlog_web.health import ReadinessCheck, create_health_router
from helmlog_web.metrics import RequestMetrics
from helmlog_web.openapi import RESPONSES, install_openapi
from helmlog_web.position import ReadPosition
from helmlog_web.problems import Refusals, install_problem_handlers
from helmlog_web.stream import router as stream_router
from helmlog_web.streamed import streaming_routes

MAX_BODY_SIZE: Final = 10 * 1024 * 1024

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]


def create_service_app(
    *,
    title: str,
    version: str,
    routers: Sequence[APIRouter],
    authenticator: Authenticator,
    read_position: Callable[[], Awaitable[int]],
    log: LogTail | None = None,
    refusals: Refusals | None = None,
    readiness: Sequence[ReadinessCheck] = (),
    lifespan: Lifespan | None = None,
    description: str = "",
    max_body_size: int = MAX_BODY_SIZE,
    key_scheme: KeyScheme | None = None,
) -> FastAPI:
    """An application with tokens, problems, health, metrics and the gates around all routes.

    `read_position` reads how far the read models have followed the service's own log; `log` is
    that log's end, for the live stream, and closed with the application; `refusals` says how the
    service's own exceptions look; `max_body_size` is in bytes, and holds for every route but those
    that stream (see `helmlog_web.streamed`). `key_scheme` knows the keys that the service gives out
    itself, for the routes that take them.
    """
    app = FastAPI(
        title=title,
        version=version,
        description=description,
        lifespan=_closing(log, lifespan),
        redirect_slashes=False,
        responses=RESPONSES,
    )
    app.state.authenticator = authenticator
    app.state.key_scheme = key_scheme
    app.state.read_position = ReadPosition(read_position)
    app.state.log = log
    for router in routers:
        app.include_router(router)
    if log is not None:
        app.include_router(stream_router)
    app.include_router(create_health_router(readiness))
    install_problem_handlers(app, refusals or {})
    install_openapi(app)
    # The last one added is the outermost.
    gates = _gates(max_body_size, streaming_routes(routers))
    for middleware, options in gates:
        app.add_middleware(middleware, **options)
    return app


def _closing(log: LogTail | None, inner: Lifespan | None) -> Lifespan:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with nullcontext() if inner is None else inner(app):
            try:
                yield
            finally:
                if log is not None:
                    await log.close()

    return lifespan


def _gates(
    max_body_size: int, streaming: frozenset[tuple[str, str]]
) -> Sequence[tuple[Any, dict[str, Any]]]:
    body = {"limit": max_body_size, "streaming": streaming}
    return ((BodyGate, body), (FailureGate, {}), (RequestMetrics, {}))
