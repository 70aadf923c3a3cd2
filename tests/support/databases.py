"""A fresh database for a test, with the roles a deployed service has."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import uuid4

import asyncpg
from alembic.migration import MigrationContext
from alembic.operations import Operations
from helmlog_events.pipeline.schema import create_pipeline
from helmlog_events.store.postgres.connections import create_engine
from helmlog_events.store.postgres.schema import create_log
from helmlog_local.testing import ProvidedPostgres
from sqlalchemy import Connection

OWNER, APP, AUDITOR = "test_owner", "test_app", "test_auditor"
PASSWORD = "test"

Install = Callable[[Operations], None]


@dataclass(frozen=True)
class Database:
    """The URLs of one database, by who connects."""

    superuser: str
    owner: str
    app: str
    auditor: str


def install_log(operations: Operations) -> None:
    create_log(operations, app=APP, auditor=AUDITOR)
    create_pipeline(operations, app=APP, auditor=AUDITOR)


@asynccontextmanager
async def fresh_database(
    postgres: ProvidedPostgres, install: Install | None = install_log
) -> AsyncIterator[Database]:
    """Creates a database, lets the owner role install tables into it, and drops it at the end."""
    name = f"test_{uuid4().hex}"
    admin = await asyncpg.connect(postgres.url)
    try:
        for role in (OWNER, APP, AUDITOR):
            if not await admin.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", role):
                await admin.execute(f"CREATE ROLE {role} LOGIN PASSWORD '{PASSWORD}'")
        await admin.execute(f"CREATE DATABASE {name} OWNER {OWNER}")
        database = Database(
            superuser=postgres.url_of(name),
            owner=postgres.url_of(name, OWNER, PASSWORD),
            app=postgres.url_of(name, APP, PASSWORD),
            auditor=postgres.url_of(name, AUDITOR, PASSWORD),
        )
        if install is not None:
            await _install(database.owner, install)
        yield database
        await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
    finally:
        await admin.close()


async def _install(url: str, install: Install) -> None:
    def run(connection: Connection) -> None:
        install(Operations(MigrationContext.configure(connection)))

    engine = create_engine(url)
    async with engine.begin() as connection:
        await connection.run_sync(run)
    await engine.dispose()
