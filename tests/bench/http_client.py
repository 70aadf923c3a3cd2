"""HTTP/1.1 over kept connections, with nothing between the bench and the socket.

A general client costs more than the handlers that are compared, and would hide them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, NamedTuple, cast

import orjson

_END = b"\r\n\r\n"


class Answer(NamedTuple):
    status: int
    head: bytes
    body: bytes

    def header(self, name: str) -> str | None:
        for line in self.head.split(b"\r\n")[1:]:
            key, _, value = line.partition(b":")
            if key.lower() == name.lower().encode():
                return value.strip().decode()
        return None

    @property
    def content(self) -> Any:
        """The body, of an answer that must be a success."""
        if self.status >= 300:
            raise RuntimeError(f"answered {self.status}: {self.body[:500].decode()}")
        return orjson.loads(self.body)


class Connection(asyncio.Protocol):
    """One request at a time; the server keeps the connection and sends Content-Length."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._buffer = bytearray()
        self._answer: asyncio.Future[Answer] | None = None
        self._head = b""
        self._missing = 0

    @classmethod
    async def open(cls, port: int) -> Connection:
        _, connection = await asyncio.get_running_loop().create_connection(cls, "127.0.0.1", port)
        return connection

    async def send(
        self, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> Answer:
        if self._transport is None:
            raise ConnectionError("not connected")
        lines = [f"{method} {path} HTTP/1.1", "Host: bench", f"Content-Length: {len(body)}"]
        if body and "Content-Type" not in (headers or {}):
            lines.append("Content-Type: application/json")
        lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write("\r\n".join(lines).encode() + _END + body)
        return await self._answer

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if not self._head:
            end = self._buffer.find(_END)
            if end < 0:
                return
            self._head = bytes(self._buffer[:end])
            del self._buffer[: end + len(_END)]
            length = Answer(0, self._head, b"").header("content-length")
            self._missing = 0 if length is None else int(length)
        if len(self._buffer) >= self._missing:
            head, body = self._head, bytes(self._buffer)
            self._head = b""
            self._buffer.clear()
            self._settle(Answer(int(head[9:12]), head, body))

    def connection_lost(self, error: Exception | None) -> None:
        self._transport = None
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(error or ConnectionError("the server hung up"))

    def _settle(self, answer: Answer) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(answer)
