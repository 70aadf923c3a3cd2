"""SQLAlchemy owns engine and pool; hot paths reach through to the asyncpg connection."""

from __future__ import annotations

from typing import Any

import asyncpg
from sqlalchemy import event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, DisconnectionError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from helmlog_events.store.protocol import StoreUnavailable


def create_engine(url: str, *, pool_size: int = 20, application: str = "helmlog") -> AsyncEngine:
    """An engine on asyncpg for a `postgresql://` URL, of up to `pool_size` connections.

    What was opened stays open: a connection costs as much as a hundred queries.
    """
    engine = create_async_engine(
        make_url(url).set(drivername="postgresql+asyncpg"),
        pool_size=pool_size,
        max_overflow=0,
        connect_args={
            "timeout": 5,
            "server_settings": {"application_name": application, "timezone": "UTC"},
        },
    )
    event.listen(engine.sync_engine, "checkout", _refuse_broken)
    return engine


def _refuse_broken(connection: Any, *_: Any) -> None:
    # What runs on the driver's connection breaks unseen by the pool, which would hand it out again:
    # closed, or in a transaction whose end was interrupted.
    raw = connection.driver_connection
    if raw.is_closed() or raw.is_in_transaction():
        raise DisconnectionError


async def driver(connection: AsyncConnection) -> asyncpg.Connection:
    """The asyncpg connection under a SQLAlchemy connection."""
    raw = await connection.get_raw_connection()
    return raw.driver_connection


_CONNECTION_LOST = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.exceptions.OperatorInterventionError,  # shut down, crashed, still starting
    asyncpg.exceptions.TooManyConnectionsError,
    PoolTimeoutError,  # all of ours are in use
)


def is_outage(error: BaseException) -> bool:
    """Whether nothing can be stored now, whatever it is: to be tried again as it was."""
    return isinstance(error, StoreUnavailable) or is_connection_loss(error)


def is_connection_loss(error: BaseException) -> bool:
    """Whether the database went away, rather than refused; what it did last is then unknown."""
    if isinstance(error, DBAPIError):
        cause: Any = error.orig
        return error.connection_invalidated or (
            cause is not None and is_connection_loss(cause.__cause__ or cause)
        )
    return isinstance(error, _CONNECTION_LOST)
