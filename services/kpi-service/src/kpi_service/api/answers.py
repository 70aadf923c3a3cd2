"""What a client hears of its readings: one document, or lines as it goes."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, Final

import orjson
from fastapi import Request
from helmlog_web.commands import CommandContext
from helmlog_web.headers import IDEMPOTENCY_REPLAYED, SEQ
from helmlog_web.problems import Problem
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from kpi_service.api.dependencies import Services
from kpi_service.api.submission import Submission, rejected_row
from kpi_service.application.rows import Rejected

LINES: Final = "application/x-ndjson"


async def answer(request: Request, context: CommandContext, services: Services) -> Response:
    """Raises `IntakeFull`, and `Problem`s."""
    submission = Submission(request, context, services)
    if _accepts_lines(request.headers.get("accept", "")):
        return LinesAnswer(submission, services)
    with services.intake.admitted(submission.size):
        return await submission.take_in(_tell_nobody)


class LinesAnswer(Response):
    """A line a rejected row, as it happens, and one in the end: the counts, or what went wrong.

    The status is 200 from the start on. Who doesn't read its answer isn't read from.
    """

    media_type = LINES

    def __init__(self, submission: Submission, services: Services) -> None:
        super().__init__()
        del self.headers["content-length"]
        self._submission = submission
        self._services = services
        self._told = 0  # the last row that was

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        del scope, receive  # the submission has them
        with self._services.intake.admitted(self._submission.size):
            await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})

            async def tell(rejected: Sequence[Rejected]) -> None:
                if rejected:
                    rows = [rejected_row(one) for one in rejected]
                    self._told = rows[-1].row
                    await self._send(send, lines_of(one.model_dump() for one in rows), more=True)

            try:
                last = self._summary(await self._submission.take_in(tell))
            except Problem as problem:
                last = [{"error": problem.document()}]
            await self._send(send, lines_of(last), more=False)

    def _summary(self, response: Response) -> list[dict[str, Any]]:
        content = orjson.loads(response.body)
        # Of an answer that was given before, those rows it names and nobody was told of now.
        named = [one for one in content.pop("rejected") if one["row"] > self._told]
        content["seq"] = int(response.headers[SEQ])
        content["replayed"] = IDEMPOTENCY_REPLAYED in response.headers
        return [*(named if content["replayed"] else ()), content]

    async def _send(self, send: Send, body: bytes, *, more: bool) -> None:
        async with asyncio.timeout(self._services.bounds.patience):
            await send({"type": "http.response.body", "body": body, "more_body": more})


def lines_of(items: Any) -> bytes:
    return b"".join(orjson.dumps(one, default=str) + b"\n" for one in items)


def _accepts_lines(accept: str) -> bool:
    return any(part.partition(";")[0].strip().lower() == LINES for part in accept.split(","))


async def _tell_nobody(rejected: Sequence[Rejected]) -> None:
    del rejected  # the tally names the first of them
