"""How much is taken in at once over HTTP: what is beyond waits with its sender, not in memory."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass

from kpi_service.application.metrics import BYTES_IN_FLIGHT, IN_FLIGHT, REFUSED, TRANSACTIONS


class IntakeFull(Exception):
    """As much is being taken in as may be; nothing of the request was read."""

    def __init__(self) -> None:
        super().__init__("As much is being taken in as may be at once. Nothing was read.")


@dataclass(frozen=True, slots=True)
class IntakeLimits:
    """Of one process: requests and bytes under way, and transactions open."""

    requests: int
    bytes: int
    transactions: int


class Intake:
    """Admits requests; who is admitted waits for a transaction, and reads no more meanwhile."""

    def __init__(self, limits: IntakeLimits) -> None:
        self._limits = limits
        self._requests = 0
        self._bytes = 0
        self._free = asyncio.Semaphore(limits.transactions)

    @contextmanager
    def admitted(self, size: int) -> Iterator[None]:
        """`size` is how many bytes of its body the request may hold at once.

        Raises `IntakeFull`; one that is alone is let in, whatever its size.
        """
        beyond = self._bytes + size > self._limits.bytes or self._requests >= self._limits.requests
        if self._requests and beyond:
            REFUSED.inc()
            raise IntakeFull
        self._count(1, size)
        try:
            yield
        finally:
            self._count(-1, -size)

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """One of the transactions that may be open, with what is read for it as a whole."""
        with TRANSACTIONS.track_inprogress():
            async with self._free:
                yield

    def _count(self, requests: int, size: int) -> None:
        self._requests += requests
        self._bytes += size
        IN_FLIGHT.inc(requests)
        BYTES_IN_FLIGHT.inc(size)
