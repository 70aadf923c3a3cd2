"""Running a service's Alembic migrations, the same way for every service."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from pathlib import Path

from alembic import command, context
from alembic.config import Config
from sqlalchemy import Connection, text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from helmlog_events.pipeline.filling import fill_read_models
from helmlog_events.pipeline.pipeline import Pipeline
from helmlog_events.store.postgres.connections import create_engine
from helmlog_events.store.postgres.store import PostgresStore

_ONE_AT_A_TIME = 7305805412372


CreatePipeline = Callable[[PostgresStore], Pipeline]


def migrate(script_location: Path, create_pipeline: CreatePipeline, url: str | None = None) -> None:
    """Brings a service's database to its newest revision, and its read models with it.

    `url` is that of the owner role, by default `HELMLOG_MIGRATION_URL`. While read models are made
    again their rows are missing: nothing else should serve from this database meanwhile.
    """
    url = url or os.environ["HELMLOG_MIGRATION_URL"]
    run_migrations(script_location, url)
    asyncio.run(_fill(create_pipeline, url))


def run_migrations(script_location: Path, url: str, revision: str = "head") -> None:
    """Brings the tables to `revision`."""
    config = Config()
    config.set_main_option("script_location", str(script_location).replace("%", "%%"))
    config.attributes["url"] = url
    command.upgrade(config, revision)


async def _fill(create_pipeline: CreatePipeline, url: str) -> None:
    engine = create_engine(url, application="migrate")
    store = PostgresStore(engine)
    try:
        pipeline = create_pipeline(store)
        await fill_read_models(engine, pipeline.own_source, pipeline.projections)
    finally:
        await store.close()
        await engine.dispose()


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
