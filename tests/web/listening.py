"""A served log, those who write it, and those who listen to it over real sockets."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from helmlog_events.contracts.event import Event
from helmlog_events.envelope import ANY_VERSION, Append, Metadata, NewEvent, StreamWrite
from helmlog_events.store.postgres.store import PostgresStore
from helmlog_events.testing.events import THEN, Noted
from helmlog_web.testing import AUDIENCE, ISSUER, TestIssuer

ROOT = Path(__file__).parents[2]
APPLICATION = "streaming"
HEARTBEAT = 0.5
Shown = dict[str, Any]


@dataclass
class Listener:
    """One open stream, read line by line."""

    lines: AsyncIterator[str]

    async def next(self, count: int = 1, *, within: float = 10.0) -> list[Shown]:
        """The next events, each checked to be spelled as the contract has it."""
        async with asyncio.timeout(within):
            return [await self._event() for _ in range(count)]

    async def comment(self, *, within: float = 10.0) -> str:
        async with asyncio.timeout(within):
            async for line in self.lines:
                if line.startswith(":"):
                    return line
        raise EOFError

    async def silent(self, seconds: float) -> bool:
        """Whether no event comes for so long."""
        try:
            await self.next(within=seconds)
        except TimeoutError:
            return True
        return False

    async def rest(self, *, within: float = 10.0) -> list[Shown]:
        """The events up to the end of the stream, which must be a clean one."""
        found = []
        async with asyncio.timeout(within):
            try:
                while True:
                    found.append(await self._event())
            except EOFError:
                return found

    async def _event(self) -> Shown:
        fields: dict[str, str] = {}
        async for line in self.lines:
            if line == "" and fields:
                shown: Shown = json.loads(fields["data"])
                assert fields == {
                    "id": str(shown["seq"]),
                    "event": shown["type"],
                    "data": fields["data"],
                }
                return shown
            if line and not line.startswith(":"):
                name, _, value = line.partition(": ")
                assert name not in fields
                fields[name] = value
        raise EOFError


@dataclass
class Lighthouse:
    """The server's process and the log it shows."""

    process: asyncio.subprocess.Process
    url: str
    store: PostgresStore
    issuer: TestIssuer
    client: httpx.AsyncClient

    async def write(self, stream: str, *events: Event, tenant: str = "acme") -> int:
        """Appends to a stream wherever it stands; returns the seq of the last event."""
        new = tuple(NewEvent(event, THEN) for event in events)
        metadata = Metadata("anna", causation_id="okr/7")
        write = StreamWrite(stream, ANY_VERSION, new)
        return (await self.store.append(Append(tenant, metadata, (write,)))).last_seq

    async def note(self, stream: str, *texts: str, tenant: str = "acme") -> int:
        return await self.write(stream, *(Noted(text=text) for text in texts), tenant=tenant)

    def listen(
        self,
        *,
        tenant: str = "acme",
        last_event_id: int | None = None,
        token: str | None = None,
        **query: Any,
    ) -> AbstractAsyncContextManager[Listener]:
        token = token or self.issuer.token("viewer", tenant=tenant)
        headers = {"Authorization": f"Bearer {token}"}
        if last_event_id is not None:
            headers["Last-Event-ID"] = str(last_event_id)
        return listening(self.client, headers, **query)


@asynccontextmanager
async def listening(
    client: httpx.AsyncClient, headers: dict[str, str] | None = None, **query: Any
) -> AsyncIterator[Listener]:
    """A listener that is being served: what is written from now on, it hears."""
    async with client.stream("GET", "/v1/stream", params=query, headers=headers) as answer:
        assert answer.status_code == 200, await answer.aread()
        assert answer.headers["content-type"].partition(";")[0] == "text/event-stream"
        yield Listener(aiter(answer.aiter_lines()))


@asynccontextmanager
async def open_lighthouse(
    database_url: str, store: PostgresStore, folder: Path
) -> AsyncIterator[Lighthouse]:
    issuer = TestIssuer()
    jwks = folder / "jwks.json"
    jwks.write_bytes(issuer.jwks)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings = {
        "HELMLOG_DATABASE_URL": database_url,
        "HELMLOG_KAFKA_BOOTSTRAP": "unused",
        "HELMLOG_ISSUER": ISSUER,
        "HELMLOG_AUDIENCE": AUDIENCE,
        "HELMLOG_JWKS_PATH": str(jwks),
        "HELMLOG_PORT": str(port),
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.web.streaming", cwd=ROOT, env={**os.environ, **settings}
    )
    url = f"http://127.0.0.1:{port}"
    limits = httpx.Limits(max_connections=None)
    client = httpx.AsyncClient(base_url=url, limits=limits, timeout=httpx.Timeout(20.0))
    try:
        async with client:
            async with asyncio.timeout(30):
                await _until_up(client, process)
            yield Lighthouse(process, url, store, issuer, client)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def _until_up(client: httpx.AsyncClient, process: asyncio.subprocess.Process) -> None:
    while True:
        assert process.returncode is None
        try:
            await client.get("/healthz")
        except httpx.TransportError:
            await asyncio.sleep(0.05)
        else:
            return
