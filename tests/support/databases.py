"""A fresh database for a test, with the roles a deployed service has."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch
from uuid import uuid4

import asyncpg
from alembic.migration import MigrationContext
from alembic.operations import Operations
from helmlog_events.migrate import run_migrations
from helmlog_events.pipeline.schema import create_pipeline
from helmlog_events.store.postgres.connections import create_engine
from helmlog_events.store.postgres.schema import create_log
from helmlog_local.testing import ProvidedPostgres
from sqlalchemy import Connection

OWNER, APP, AUDITOR = "test_owner", "test_app", "test_auditor"
PASSWORD = "test"

Install = Callable[[Operations], None] | Path
"""What a database holds: tables made by a function, or the migrations in a folder."""


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


_templates: dict[tuple[str, Install], str] = {}


@asynccontextmanager
async def fresh_database(
    postgres: ProvidedPostgres, install: Install = install_log
) -> AsyncIterator[Database]:
    """A database with what `install` makes, as the owner role; dropped at the end.

    It is made once for each server and copied from then on: many tests ask for the same.
    """
    name = f"test_{uuid4().hex}"
    admin = await asyncpg.connect(postgres.url)
    try:
        if (postgres.url, install) not in _templates:
            _templates[postgres.url, install] = await _create_template(postgres, admin, install)
        template = _templates[postgres.url, install]
        await admin.execute(f"CREATE DATABASE {name} OWNER {OWNER} TEMPLATE {template}")
        yield _urls(postgres, name)
        await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
    finally:
        await admin.close()


async def _create_template(
    postgres: ProvidedPostgres, admin: asyncpg.Connection, install: Install
) -> str:
    name = f"template_{uuid4().hex}"
    for role in (OWNER, APP, AUDITOR):
        if not await admin.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", role):
            await admin.execute(f"CREATE ROLE {role} LOGIN PASSWORD '{PASSWORD}'")
    await admin.execute(f"CREATE DATABASE {name} OWNER {OWNER}")
    url = _urls(postgres, name).owner
    if isinstance(install, Path):
        roles = {"HELMLOG_APP_ROLE": APP, "HELMLOG_AUDITOR_ROLE": AUDITOR}
        with patch.dict(os.environ, roles):
            await asyncio.to_thread(run_migrations, install, url)
    else:
        await _run(url, install)
    return name


async def _run(url: str, install: Callable[[Operations], None]) -> None:
    def run(connection: Connection) -> None:
        install(Operations(MigrationContext.configure(connection)))

    engine = create_engine(url)
    async with engine.begin() as connection:
        await connection.run_sync(run)
    await engine.dispose()


def _urls(postgres: ProvidedPostgres, name: str) -> Database:
    return Database(
        superuser=postgres.url_of(name),
        owner=postgres.url_of(name, OWNER, PASSWORD),
        app=postgres.url_of(name, APP, PASSWORD),
        auditor=postgres.url_of(name, AUDITOR, PASSWORD),
    )
