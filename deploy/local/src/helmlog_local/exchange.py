"""One request to a service and its answer, both passed on as they come, at the same time.

An answer may begin, and be long, before its request is whole: HTTP clients that send everything
before they read (httpx does) would have both sides wait for each other.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import h11

_PIECE = 64 * 1024
_CONNECT_SECONDS = 5.0


class Unanswered(Exception):
    """The service gave no answer; the text says why."""


class Exchange:
    """Over a connection of its own; to be made by `open_exchange`."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._protocol = h11.Connection(h11.CLIENT, max_incomplete_event_size=_PIECE)

    async def ask(self, request: h11.Request, body: AsyncIterator[bytes]) -> None:
        """Sends as fast as the service reads; ends early where it reads no more.

        Raises what `body` does, and `h11.LocalProtocolError` for what is no request.
        """
        try:
            await self._send(request)
            async for piece in body:
                if piece:
                    await self._send(h11.Data(piece))
            await self._send(h11.EndOfMessage())
        except OSError:
            return  # it may have answered all the same

    async def answer(self) -> h11.Response:
        """What the answer begins with. Raises `Unanswered`."""
        try:
            while True:
                event = await self._next()
                if isinstance(event, h11.Response):
                    return event
        except (OSError, h11.RemoteProtocolError) as error:
            raise Unanswered(str(error) or type(error).__name__) from error

    async def body(self) -> AsyncIterator[bytes]:
        """The answer's. Raises `OSError` or `h11.RemoteProtocolError` where it breaks off."""
        while isinstance(event := await self._next(), h11.Data):
            yield bytes(event.data)

    async def _send(self, event: h11.Event) -> None:
        self._writer.write(self._protocol.send(event) or b"")
        await self._writer.drain()

    async def _next(self) -> object:
        while (event := self._protocol.next_event()) is h11.NEED_DATA:
            self._protocol.receive_data(await self._reader.read(_PIECE))
        return event


@asynccontextmanager
async def open_exchange(base_url: str) -> AsyncIterator[Exchange]:
    """Raises `Unanswered` where nobody listens."""
    address = urlsplit(base_url)
    try:
        async with asyncio.timeout(_CONNECT_SECONDS):
            reader, writer = await asyncio.open_connection(address.hostname, address.port)
    except OSError as error:
        raise Unanswered(str(error) or type(error).__name__) from error
    try:
        yield Exchange(reader, writer)
    finally:
        # At once: a service that is let go in the middle of its answer is to notice.
        writer.transport.abort()
