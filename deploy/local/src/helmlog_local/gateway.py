"""One origin for all services: passes each request on by the first part of its path."""

import asyncio
import json
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, MutableMapping
from typing import Any, TypeAlias

import h11
import uvicorn

from helmlog_local.exchange import Exchange, Unanswered, open_exchange

Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
Headers: TypeAlias = list[tuple[bytes, bytes]]

# Of one connection, not of the request (RFC 9110, 7.6.1): each side has its own.
_HOP_BY_HOP = frozenset(
    {
        b"connection",
        b"keep-alive",
        b"proxy-authenticate",
        b"proxy-authorization",
        b"proxy-connection",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
    },
)
_SHUTDOWN_SECONDS = 3


class ClientGone(Exception):
    """The one who asked has hung up."""


class Gateway:
    """An ASGI application; `upstreams` maps a path's first part to a service's base URL."""

    def __init__(self, upstreams: Mapping[str, str]) -> None:
        self._upstreams = dict(upstreams)

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await self._answer(scope, receive, send)
        else:
            await send({"type": "websocket.close", "code": 1003})

    async def _answer(self, scope: Message, receive: Receive, send: Send) -> None:
        # As sent: a decoded path would turn an escaped slash into a real one.
        path: bytes = scope.get("raw_path") or scope["path"].encode()
        prefix, _, rest = path.removeprefix(b"/").partition(b"/")
        name = prefix.decode("latin-1")
        if name == "healthz":
            await _send_json(send, 200, "application/json", {"status": "alive"})
        elif name in self._upstreams:
            await self._pass_on(name, rest, scope, receive, send)
        else:
            known = ", ".join(f"/{known}" for known in self._upstreams)
            await _send_problem(send, 404, "Not found", f"This origin has {known}.")

    async def _pass_on(
        self, name: str, rest: bytes, scope: Message, receive: Receive, send: Send
    ) -> None:
        query = b"?" + scope["query_string"] if scope["query_string"] else b""
        try:
            request = h11.Request(
                method=scope["method"],
                target=b"/" + rest + query,
                headers=_request_headers(scope, name),
            )
        except h11.LocalProtocolError as error:
            await _send_problem(send, 400, "Not a request that can be passed on", str(error))
            return
        try:
            async with open_exchange(self._upstreams[name]) as exchange:
                await _until_either_ends(
                    _copy_response(exchange, send), _copy_request(exchange, request, receive)
                )
        except Unanswered as error:
            detail = f"{name}-service did not answer: {error}"
            await _send_problem(send, 502, "Service not reachable", detail)


async def _copy_request(exchange: Exchange, request: h11.Request, receive: Receive) -> None:
    """Ends when the client has hung up."""
    try:
        await exchange.ask(request, _body(receive))
        while (await receive())["type"] != "http.disconnect":
            pass  # what the service would not read
    except ClientGone:
        return


async def _body(receive: Receive) -> AsyncIterator[bytes]:
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGone
        more = message.get("more_body", False)
        yield message.get("body", b"")


async def _copy_response(exchange: Exchange, send: Send) -> None:
    """Pass the answer on as it comes: raw, so that nothing is unpacked or gathered up."""
    response = await exchange.answer()
    headers = _end_to_end([*response.headers])
    await send({"type": "http.response.start", "status": response.status_code, "headers": headers})
    async for piece in exchange.body():
        await send({"type": "http.response.body", "body": piece, "more_body": True})
    await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _until_either_ends(copying: Awaitable[None], watching: Awaitable[None]) -> None:
    """So that an event stream nobody listens to any more is let go at its source too."""
    tasks = {asyncio.ensure_future(copying), asyncio.ensure_future(watching)}
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    for task in done:
        task.result()


def _request_headers(scope: Message, name: str) -> Headers:
    headers = _end_to_end(scope["headers"])
    chunked = any(key == b"transfer-encoding" for key, _ in scope["headers"])
    if chunked:
        headers.append((b"transfer-encoding", b"chunked"))
    client = scope.get("client")
    if client is not None:
        headers.append((b"x-forwarded-for", client[0].encode()))
    headers.append((b"x-forwarded-proto", scope["scheme"].encode()))
    headers.append((b"x-forwarded-prefix", f"/{name}".encode()))
    return headers


def _end_to_end(headers: Headers) -> Headers:
    named: set[bytes] = set()
    for key, value in headers:
        if key.lower() == b"connection":
            named.update(option.strip().lower() for option in value.split(b","))
    dropped = _HOP_BY_HOP | named | {b"x-forwarded-prefix"}
    return [(key, value) for key, value in headers if key.lower() not in dropped]


async def _send_problem(send: Send, status: int, title: str, detail: str) -> None:
    problem = {"type": "about:blank", "title": title, "status": status, "detail": detail}
    await _send_json(send, status, "application/problem+json", problem)


async def _send_json(send: Send, status: int, content_type: str, content: object) -> None:
    body = json.dumps(content).encode()
    headers = [
        (b"content-type", content_type.encode()),
        (b"content-length", str(len(body)).encode()),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def parse_upstreams(text: str) -> dict[str, str]:
    """From "okr=http://127.0.0.1:8001,kpi=..."; raises ValueError."""
    pairs = [part.partition("=") for part in text.split(",") if part]
    if not pairs or any(not name or not url for name, _, url in pairs):
        raise ValueError("HELMLOG_UPSTREAMS must read name=url,name=url")
    return {name: url for name, _, url in pairs}


def main() -> None:
    uvicorn.run(
        Gateway(parse_upstreams(os.environ["HELMLOG_UPSTREAMS"])),
        host=os.environ.get("HELMLOG_HOST", "127.0.0.1"),
        port=int(os.environ.get("HELMLOG_PORT", "8000")),
        lifespan="off",
        access_log=False,
        server_header=False,
        date_header=False,  # the service has set its own
        timeout_graceful_shutdown=_SHUTDOWN_SECONDS,
    )


if __name__ == "__main__":
    main()
