"""Runs an application: `from helmlog_web.serve import serve`."""

from __future__ import annotations

import contextlib
import socket
import sys
from collections.abc import Callable
from typing import Final

import uvicorn
from fastapi import FastAPI
from helmlog_events.pipeline.tail import LogTail

from helmlog_web.process import prepare_process
from helmlog_web.settings import ServiceSettings

_NOT_STARTED: Final = 3
"""The exit status uvicorn itself has for it."""


def serve(create_app: Callable[[], FastAPI], settings: ServiceSettings) -> None:
    """Serves until SIGTERM or SIGINT, then lets requests under way finish."""
    prepare_process()
    app = create_app()
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        loop="uvloop",
        http="httptools",
        ws="none",
        access_log=False,
        log_config=None,
        server_header=False,
        timeout_graceful_shutdown=settings.shutdown_seconds,
    )
    server = _Server(config, app.state.log)
    with contextlib.suppress(KeyboardInterrupt):
        server.run()
    if not server.started:
        sys.exit(_NOT_STARTED)


class _Server(uvicorn.Server):
    """Ends the live streams when it is to stop: they are requests that never finish."""

    def __init__(self, config: uvicorn.Config, log: LogTail | None) -> None:
        super().__init__(config)
        self._log = log

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        if self._log is not None:
            self._log.end()
        await super().shutdown(sockets)
