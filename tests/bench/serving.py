"""Both sides of a figure over HTTP, each in a process of its own, on one database."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
from helmlog_events.pipeline.follower import LogFollower
from helmlog_web.testing import AUDIENCE, ISSUER, TestIssuer
from okr_service.bootstrap import create_pipeline
from okr_service.migrate import MIGRATIONS

from tests.bench import bare
from tests.bench.harness import Bench, Servers, bench_database, execute
from tests.bench.http_client import Answer, Connection

TENANT = "demo"
_PATIENCE = 30.0


@dataclass(frozen=True)
class Sides:
    """okr-service and the bare application, listening, on one database."""

    bench: Bench
    issuer: TestIssuer
    okr_port: int
    bare_port: int

    @asynccontextmanager
    async def caller(self) -> AsyncIterator[Caller]:
        connection = await Connection.open(self.okr_port)
        try:
            yield Caller(connection, self.issuer.headers("contributor", tenant=TENANT))
        finally:
            connection.close()


@dataclass
class Caller:
    """Someone who works with okr-service; `seq` is that of the last write."""

    connection: Connection
    headers: dict[str, str]
    seq: int = 0

    async def post(self, path: str, body: Any = None) -> Any:
        content = orjson.dumps({} if body is None else body)
        answer = await self.connection.send("POST", path, content, self.headers)
        self.seq = int(answer.header("Helmlog-Seq") or self.seq)
        return answer.content

    async def get(self, path: str) -> Answer:
        """Waits for the last write to show."""
        headers = {**self.headers, "Helmlog-Min-Seq": str(self.seq)}
        return await self.connection.send("GET", path, headers=headers)


@asynccontextmanager
async def both_sides(servers: Servers) -> AsyncIterator[Sides]:
    issuer = TestIssuer()
    async with AsyncExitStack() as stack:
        bench = await stack.enter_async_context(bench_database(servers, MIGRATIONS))
        await execute(bench.database.superuser, *bare.TABLES)
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        environment = environment_of(servers, bench, issuer, folder)
        ports = [
            await stack.enter_async_context(served(module, environment))
            for module in ("okr_service.main", "tests.bench.bare")
        ]
        yield Sides(bench, issuer, *ports)


def environment_of(
    servers: Servers, bench: Bench, issuer: TestIssuer, folder: Path
) -> dict[str, str]:
    """What a service needs to know; the issuer's keys are put into the folder."""
    (folder / "jwks.json").write_bytes(issuer.jwks)
    return {
        "HELMLOG_DATABASE_URL": bench.database.app,
        "HELMLOG_KAFKA_BOOTSTRAP": servers.kafka.bootstrap,
        "HELMLOG_JWKS_PATH": str(folder / "jwks.json"),
        "HELMLOG_ISSUER": ISSUER,
        "HELMLOG_AUDIENCE": AUDIENCE,
    }


@asynccontextmanager
async def following(bench: Bench) -> AsyncIterator[None]:
    """Read models that follow the log, as the worker keeps them."""
    follower = asyncio.create_task(LogFollower(bench.engine, create_pipeline(bench.store)).run())
    try:
        yield
    finally:
        follower.cancel()
        with suppress(asyncio.CancelledError):
            await follower


@asynccontextmanager
async def connections(port: int, count: int) -> AsyncIterator[Sequence[Connection]]:
    opened = [await Connection.open(port) for _ in range(count)]
    try:
        yield opened
    finally:
        for connection in opened:
            connection.close()


@asynccontextmanager
async def served(module: str, environment: dict[str, str]) -> AsyncIterator[int]:
    """The port on which the module's service listens, as a process of its own."""
    port = _free_port()
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        module,
        env={**os.environ, **environment, "HELMLOG_PORT": str(port)},
        stdout=asyncio.subprocess.DEVNULL,
    )
    try:
        await asyncio.wait_for(_answering(port), _PATIENCE)
        yield port
    finally:
        process.terminate()
        await process.wait()


async def _answering(port: int) -> None:
    while True:
        with suppress(OSError):
            connection = await Connection.open(port)
            answer = await connection.send("GET", "/healthz")
            connection.close()
            if answer.status == 200:
                return
        await asyncio.sleep(0.05)


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port
