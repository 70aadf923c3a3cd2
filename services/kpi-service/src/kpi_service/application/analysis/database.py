"""A database connection for one analysis, in the process that reckons it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from helmlog_events.store.postgres.connections import create_engine
from sqlalchemy.ext.asyncio import AsyncConnection

T = TypeVar("T")


def read(url: str, read_all: Callable[[AsyncConnection], Awaitable[T]]) -> T:
    """Runs `read_all` on a connection of its own, which is closed behind it."""

    async def connected() -> T:
        engine = create_engine(url, application="kpi-service-analysis", pool_size=1)
        try:
            async with engine.connect() as connection:
                return await read_all(connection)
        finally:
            await engine.dispose()

    return asyncio.run(connected())
