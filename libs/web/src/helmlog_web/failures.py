from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from helmlog_web.problems import Problem, unexpected


class FailureGate:
    """Turns what nobody caught into a 500 problem. Outside of everything that may fail."""

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
            problem = (
                error
                if isinstance(error, Problem)
                else unexpected(error, method=scope["method"], path=scope["path"])
            )
            await problem.response()(scope, receive, send)
