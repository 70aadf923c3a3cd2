"""How much is taken in at once: beyond it, senders are asked to wait rather than held in memory."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Busy(Exception):
    """As many requests are under way as memory was reckoned for; to be sent again later."""

    def __init__(self) -> None:
        super().__init__("Nothing of the request was read; send it again.")


class Turns:
    """`inside` requests may hold a body, `at_once` of them be worked on; the others wait."""

    def __init__(self, *, at_once: int = 4, inside: int = 32) -> None:
        self._turns = asyncio.Semaphore(at_once)
        self._free = inside

    @asynccontextmanager
    async def enter(self) -> AsyncIterator[None]:
        """For as long as a request's body is held; raises `Busy`."""
        if not self._free:
            raise Busy
        self._free -= 1
        try:
            yield
        finally:
            self._free += 1

    @asynccontextmanager
    async def take(self) -> AsyncIterator[None]:
        async with self._turns:
            yield
