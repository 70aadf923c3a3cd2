"""How far the read models have come, asked no more often than somebody waits for it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

_FIRST_PAUSE: Final = 0.002
_LONGEST_PAUSE: Final = 0.05


class ReadPosition:
    """The last `seq` of the own log that the read models have seen.

    `fetch` reads it from the database. The answer is kept: the position only grows, so a read that
    asks for less costs nothing.
    """

    def __init__(self, fetch: Callable[[], Awaitable[int]]) -> None:
        self._fetch = fetch
        self._fetching: asyncio.Task[int] | None = None
        self.seen = 0

    async def reaches(self, seq: int, patience: float) -> bool:
        """Waits up to `patience` seconds for `seq`; says whether it was reached."""
        loop = asyncio.get_running_loop()
        end = loop.time() + patience
        pause = _FIRST_PAUSE
        while self.seen < seq:
            remaining = end - loop.time()
            if remaining <= 0:
                return False
            try:
                async with asyncio.timeout(remaining):
                    await self._refresh()
            except TimeoutError:
                return False
            if self.seen < seq:
                await asyncio.sleep(min(pause, max(0.0, end - loop.time())))
                pause = min(pause * 2, _LONGEST_PAUSE)
        return True

    async def _refresh(self) -> None:
        # Whoever waits shares one query; a waiter that gives up does not cancel it for the others.
        if self._fetching is None or self._fetching.done():
            self._fetching = asyncio.ensure_future(self._fetch())
        self.seen = max(self.seen, await asyncio.shield(self._fetching))
