"""Running a service's Alembic migrations, the same way for every service."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

from alembic import command, context
from alembic.config import Config
from sqlalchemy import Connection, text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

_ONE_AT_A_TIME = 7305805412372


def run_migrations(script_location: Path, url: str | None = None) -> None:
    """Brings a service's database to its newest revision.

    `url` is that of the owner role, by default `HELMLOG_MIGRATION_URL`.
    """
    config = Config()
    config.set_main_option("script_location", str(script_location).replace("%", "%%"))
    config.attributes["url"] = url or os.environ["HELMLOG_MIGRATION_URL"]
    command.upgrade(config, "head")


def run_environment() -> None:
    """What every service's `migrations/env.py` does."""
    asyncio.run(_connect_and_migrate(context.config.attributes["url"]))


async def _connect_and_migrate(url: str) -> None:
    address = make_url(url).set(drivername="postgresql+asyncpg")
    engine = create_async_engine(address, poolclass=NullPool)
    async with engine.connect() as connection:
        await connection.run_sync(_migrate)
        await connection.commit()
    await engine.dispose()


def _migrate(connection: Connection) -> None:
    # Two instances that start at once must not both migrate.
    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ONE_AT_A_TIME})
    context.configure(connection=connection)
    context.run_migrations()
