from __future__ import annotations

import structlog
from helmlog_events.store.postgres.connections import is_connection_loss
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from helmlog_web.problems import Problem, store_unavailable, unexpected

_log = structlog.get_logger(__name__)


class FailureGate:
    """Turns what nobody caught into a problem: 503 for a lost database, else 500.

    Outside of everything that may fail.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = False

        async def noting_start(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self.app(scope, receive, noting_start)
        except Exception as error:
            if started:
                # Half an answer cannot be taken back: the server cuts the connection.
                raise
            await problem_of(error, scope).response()(scope, receive, send)


def problem_of(error: Exception, scope: Scope) -> Problem:
    """What nobody knew better, told to the client; what is unexpected is logged."""
    if isinstance(error, Problem):
        return error
    if is_connection_loss(error):
        _log.warning("database_away", path=scope["path"], error=repr(error))
        return store_unavailable(error)
    return unexpected(error, method=scope["method"], path=scope["path"])
