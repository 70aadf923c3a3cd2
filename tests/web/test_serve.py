"""What no test client can send: bytes on a real socket, and a signal to a real process."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@dataclass
class Served:
    process: asyncio.subprocess.Process
    port: int

    async def ask(self, request: bytes) -> bytes:
        """Everything that comes back until the server closes."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(request)
        try:
            return await asyncio.wait_for(reader.read(), 10)
        finally:
            writer.close()

    async def is_up(self) -> bool:
        try:
            answer = await self.ask(_get("/healthz"))
        except OSError:
            return False
        return answer.startswith(b"HTTP/1.1 200")


def _get(path: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: harbour\r\nConnection: close\r\n\r\n".encode("latin-1")


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[Served]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings = {
        "HELMLOG_DATABASE_URL": "unused",
        "HELMLOG_KAFKA_BOOTSTRAP": "unused",
        "HELMLOG_ISSUER": "unused",
        "HELMLOG_JWKS_PATH": str(tmp_path / "unused"),
        "HELMLOG_PORT": str(port),
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.web.serving", cwd=ROOT, env={**os.environ, **settings}
    )
    server = Served(process, port)
    try:
        async with asyncio.timeout(20):
            while not await server.is_up():
                assert process.returncode is None
                await asyncio.sleep(0.05)
        yield server
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


REQUESTS = (
    "GET /caf\xe9 HTTP/1.1\r\nHost: harbour\r\nConnection: close\r\n\r\n",
    "GET /v1/ships?name=\xff HTTP/1.1\r\nHost: harbour\r\nConnection: close\r\n\r\n",
    "GET /\x00 HTTP/1.1\r\nHost: harbour\r\nConnection: close\r\n\r\n",
    "GET /%ff%00%zz HTTP/1.1\r\nHost: harbour\r\nConnection: close\r\n\r\n",
    "GET /v1/ships HTTP/1.1\r\nHost: harbour\r\nIf-Match: \x00\r\nConnection: close\r\n\r\n",
    "GET /v1/ships HTTP/1.1\r\nHost: harbour\r\nAuthorization: \xff\r\nConnection: close\r\n\r\n",
    "POST /v1/logbooks HTTP/1.1\r\nHost: harbour\r\nContent-Length: x\r\n\r\n",
    "POST /v1/logbooks HTTP/1.1\r\nHost: harbour\r\nContent-Length: -1\r\n\r\n",
    "\xff\xfe\r\n\r\n",
)


async def test_no_bytes_on_the_wire_are_a_500(served: Served) -> None:
    for request in REQUESTS:
        answer = await served.ask(request.encode("latin-1"))
        assert answer.startswith(b"HTTP/1.1 4"), (request, answer)
        assert b"Traceback" not in answer
    assert await served.is_up()


async def test_a_request_under_way_is_answered_before_the_process_ends(served: Served) -> None:
    answer = asyncio.create_task(served.ask(_get("/slow")))
    await asyncio.sleep(1)
    served.process.send_signal(signal.SIGTERM)
    assert (await answer).endswith(b'{"done":true}')
    assert await asyncio.wait_for(served.process.wait(), 10) in {0, -signal.SIGTERM}
