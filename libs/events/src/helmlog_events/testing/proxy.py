"""A TCP proxy that breaks connections where a test wants them broken."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit, urlunsplit

Cut = Callable[[bytes], bool]
"""Sees each chunk before it is passed on; True breaks the connection instead of passing it."""


def never(_: bytes) -> bool:
    return False


class Proxy:
    """Passes bytes to `host:port` until told otherwise.

    `cut_request` and `cut_response` decide on every chunk, of which `let_through` bytes still pass
    when it is cut; `cut_all` breaks what is open now; `refuse` turns new connections away; `pause`
    holds all bytes back.
    """

    def __init__(self, host: str, port: int) -> None:
        self._target = (host, port)
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()
        self._flowing = asyncio.Event()
        self._flowing.set()
        self.cut_request: Cut = never
        self.cut_response: Cut = never
        self.let_through = 0
        self.refuse = False
        self.cuts = 0

    @property
    def port(self) -> int:
        assert self._server is not None  # noqa: S101 - only read inside the block
        return int(self._server.sockets[0].getsockname()[1])

    def url(self, target: str) -> str:
        """`target` with this proxy's address in place of its own."""
        parts = urlsplit(target)
        login = parts.netloc.rpartition("@")[0]
        place = f"127.0.0.1:{self.port}"
        return urlunsplit(parts._replace(netloc=f"{login}@{place}" if login else place))

    def pause(self) -> None:
        self._flowing.clear()

    def resume(self) -> None:
        self._flowing.set()

    def cut_all(self) -> None:
        """Resets every open connection."""
        for writer in list(self._open):
            self._break(writer)

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._server is not None:
            self._server.close()
        self.resume()
        self.cut_all()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.refuse:
            self._break(writer)
            return
        try:
            upstream, to_upstream = await asyncio.open_connection(*self._target)
        except OSError:
            self._break(writer)
            return
        self._open |= {writer, to_upstream}
        try:
            await asyncio.gather(
                self._pump(reader, to_upstream, writer, "cut_request"),
                self._pump(upstream, writer, to_upstream, "cut_response"),
            )
        finally:
            for end in (writer, to_upstream):
                self._open.discard(end)
                end.close()

    async def _pump(
        self,
        source: asyncio.StreamReader,
        sink: asyncio.StreamWriter,
        back: asyncio.StreamWriter,
        cut: str,
    ) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            while chunk := await source.read(65536):
                await self._flowing.wait()
                if getattr(self, cut)(chunk):  # looked up now: a test may change its mind
                    self.cuts += 1
                    if self.let_through:
                        sink.write(chunk[: self.let_through])
                        await sink.drain()
                    self._break(sink)
                    self._break(back)
                    return
                sink.write(chunk)
                await sink.drain()
        with contextlib.suppress(OSError, RuntimeError):
            sink.write_eof()

    @staticmethod
    def _break(writer: asyncio.StreamWriter) -> None:
        transport = writer.transport
        if not transport.is_closing():
            transport.abort()
