"""The gate before every route: size, encoding and text of a request, on bare ASGI."""

from __future__ import annotations

from typing import Final

import orjson
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from helmlog_web.problems import Problem
from helmlog_web.text import find_unstorable

_NUL_ESCAPED: Final = b"\\u0000"


class BodyGate:
    """Refuses what no route could handle, so that none has to think of it.

    413 beyond `limit` bytes, 415 for an encoded body, 400 for bytes that are not strict JSON
    (RFC 8259 in UTF-8: no NaN, no lone surrogates, no bottomless nesting), 422 for a NUL
    character in path, query or JSON. Bodies that are not JSON stream through, counted. Of the
    `streaming` routes, as (method, path), only the address is looked at: they read their bodies
    by `helmlog_web.streamed`.
    """

    def __init__(
        self,
        app: ASGIApp,
        limit: int,
        streaming: frozenset[tuple[str, str]] = frozenset(),
    ) -> None:
        self.app = app
        self.limit = limit
        self.streaming = streaming

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        counted = _Counted(receive, self.limit)
        try:
            checked = await self._checked(scope, counted)
        except Problem as problem:
            await problem.response()(scope, receive, send)
            return
        await self.app(scope, checked, send)

    async def _checked(self, scope: Scope, receive: _Counted) -> Receive:
        if "\x00" in scope["path"] or b"%00" in scope["query_string"]:
            raise _nul("A NUL character stands in the address.")
        if (scope["method"], scope["path"]) in self.streaming:
            return receive.uncounted
        headers = Headers(scope=scope)
        if headers.get("content-encoding", "identity").strip().lower() != "identity":
            raise Problem(
                415, "unsupported-media-type", "An encoded body is not read", "Send it as it is."
            )
        length = headers.get("content-length", "")
        if length.isdecimal() and (len(length) > 18 or int(length) > self.limit):  # noqa: PLR2004  # digits of a length int() need not see
            raise too_large(self.limit)
        if not is_json(headers.get("content-type", "")):
            return receive
        body = await receive.whole()
        if body is None:
            return receive
        check_json(body)
        return _Replayed(body, receive)


class _Counted:
    """`receive` that stops at the limit, whatever Content-Length said."""

    def __init__(self, receive: Receive, limit: int) -> None:
        self.uncounted = receive
        self._limit = limit
        self._seen = 0

    async def __call__(self) -> Message:
        message = await self.uncounted()
        if message["type"] == "http.request":
            self._seen += len(message.get("body", b""))
            if self._seen > self._limit:
                raise too_large(self._limit)
        return message

    async def whole(self) -> bytes | None:
        """The body, or None when the client left before its end."""
        parts: list[bytes] = []
        while True:
            message = await self()
            if message["type"] != "http.request":
                return None
            parts.append(message.get("body", b""))
            if not message.get("more_body", False):
                return b"".join(parts)


class _Replayed:
    """`receive` for a body that was read already; afterwards it waits for the client to leave."""

    def __init__(self, body: bytes, receive: Receive) -> None:
        self._body: bytes | None = body
        self._receive = receive

    async def __call__(self) -> Message:
        if self._body is None:
            return await self._receive()
        body, self._body = self._body, None
        return {"type": "http.request", "body": body, "more_body": False}


def is_json(content_type: str) -> bool:
    essence = content_type.partition(";")[0].strip().lower()
    return essence == "application/json" or (
        essence.startswith("application/") and essence.endswith("+json")
    )


def check_json(body: bytes) -> None:
    """Raises a 400 or 422 `Problem` for a body that is not strict JSON or cannot be stored."""
    if not body:
        return
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Problem(400, "malformed-json", "The body is not JSON", str(error)) from error
    # Only an escape can bring a NUL into valid JSON, so most bodies need no walk.
    if _NUL_ESCAPED in body and (place := find_unstorable(document)) is not None:
        raise _nul("A NUL character stands in a text.", "#" + place)


def too_large(limit: int, advice: str = "") -> Problem:
    detail = f"{limit} bytes are read. {advice}".strip()
    return Problem(413, "body-too-large", "The body is too large", detail)


def _nul(detail: str, pointer: str | None = None) -> Problem:
    errors = [] if pointer is None else [{"pointer": pointer, "detail": detail}]
    return Problem(422, "unstorable-text", "The text cannot be stored", detail, errors)
