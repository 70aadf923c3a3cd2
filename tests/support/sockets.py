"""An application of the test's own process, at an address: for what only a socket shows."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import uvicorn
from helmlog_local.processes import find_free_port


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self):
        yield  # signals are the test runner's


@contextlib.asynccontextmanager
async def at_an_address(application) -> AsyncIterator[str]:
    """Its URL, for the length of the block; the lifespan is the caller's."""
    port = find_free_port()
    config = uvicorn.Config(
        application,
        port=port,
        lifespan="off",
        log_level="error",
        timeout_graceful_shutdown=1,
    )
    server = _Server(config)
    task = asyncio.ensure_future(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn offers nothing to wait on
        await asyncio.sleep(0.01)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    await task
