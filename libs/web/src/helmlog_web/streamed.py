"""Bodies that a route reads itself, piece by piece: of any size, and encoded."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from typing import Any, Final, TypeVar

from fastapi import APIRouter, Request
from fastapi.routing import APIRoute
from starlette.requests import ClientDisconnect

from helmlog_web.body import check_json, too_large
from helmlog_web.encodings import DECODERS, PIECE, Decoders, EncodingBroken, Identity
from helmlog_web.problems import Problem

_MARK: Final = "__helmlog_streams_body__"

Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])


def streams_body(endpoint: Endpoint) -> Endpoint:
    """Marks a route that reads its body by `StreamedBody`: the gate leaves that body alone."""
    setattr(endpoint, _MARK, True)
    return endpoint


def streaming_routes(routers: Iterable[APIRouter]) -> frozenset[tuple[str, str]]:
    """Method and path of the marked routes. Raises `ValueError` for a path with parameters."""
    found: set[tuple[str, str]] = set()
    for router in routers:
        for route in router.routes:
            if isinstance(route, APIRoute) and hasattr(route.endpoint, _MARK):
                if "{" in route.path:
                    raise ValueError(f"{route.path} has parameters; the gate can't tell it")
                found.update((method, route.path) for method in route.methods or ())
    return frozenset(found)


class StreamedBody:
    """A request's body, decoded as it is read; what is not asked for stays with the client.

    Raises a 415 `Problem` for an encoding that is none of `decoders`. `patience` is how many
    seconds the client may take for the next piece.
    """

    def __init__(self, request: Request, *, patience: float, decoders: Decoders = DECODERS) -> None:
        self._request = request
        self._patience = patience
        name = request.headers.get("content-encoding", "").strip().lower() or "identity"
        if name not in decoders:
            raise Problem(
                415,
                "unsupported-media-type",
                "The encoding is not read",
                f"Content-Encoding is one of {', '.join(decoders)}.",
            )
        self._decoder = decoders[name]()
        length = request.headers.get("content-length", "")
        known = length.isdecimal() and len(length) <= 18  # noqa: PLR2004  # digits int() need see
        self.length = int(length) if known and isinstance(self._decoder, Identity) else None
        """Bytes to come, where that is known."""

    async def pieces(self) -> AsyncIterator[bytes]:
        """Raises a `Problem`: 400 for a broken or cut body, 408 for one that comes too slowly."""
        stream = aiter(self._request.stream())
        try:
            while True:
                try:
                    async with asyncio.timeout(self._patience):
                        data = await anext(stream)
                except StopAsyncIteration:
                    break
                for piece in self._decoder.feed(data):
                    yield piece
                    if len(piece) == PIECE:
                        # A little can hold very much: the others' requests go on meanwhile.
                        await asyncio.sleep(0)
            self._decoder.end()
        except EncodingBroken as error:
            raise _broken(str(error)) from error
        except ClientDisconnect as error:
            raise _broken("the connection ended before the body did") from error
        except TimeoutError as error:
            raise Problem(
                408,
                "body-too-slow",
                "The body comes too slowly",
                f"Nothing of it came for {self._patience:g} seconds.",
            ) from error

    async def whole(self, limit: int, advice: str = "") -> bytes:
        """The body of up to `limit` bytes, decoded; raises a 413 `Problem` for more.

        `advice` is for who sent more.
        """
        if self.length is not None and self.length > limit:
            raise too_large(limit, advice)
        parts: list[bytes] = []
        size = 0
        async for piece in self.pieces():
            parts.append(piece)
            size += len(piece)
            if size > limit:
                raise too_large(limit, advice)
        return b"".join(parts)

    async def whole_json(self, limit: int, advice: str = "") -> bytes:
        """`whole`, as strict JSON; raises `Problem`s as a gate."""
        body = await self.whole(limit, advice)
        check_json(body)
        return body


def _broken(detail: str) -> Problem:
    return Problem(400, "broken-body", "The body is broken or cut short", detail)
