"""A database for each service, and the roles that may use it."""

import json
import secrets
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from helmlog_local.secret_files import write_secret
from helmlog_local.services import SERVICES

AUDITOR = "helmlog_auditor"


@dataclass(frozen=True, slots=True)
class DatabaseUrls:
    """Of one service: for its migrations, for itself, and for the one who may only read."""

    owner: str
    app: str
    auditor: str


def database_of(service: str) -> str:
    return f"helmlog_{service}"


async def create_databases(superuser_url: str, password_file: Path) -> dict[str, DatabaseUrls]:
    """Create what is missing of databases and roles; by the services' short names.

    `password_file` keeps the roles' generated passwords (0600); the roles are given the
    passwords in it, so that it may also be deleted to have new ones. What the roles may do with
    a table is said by the migration that creates the table.
    """
    names = [service.name for service in SERVICES]
    roles = [AUDITOR, *(f"{database_of(n)}_{kind}" for n in names for kind in ("owner", "app"))]
    passwords = _load_passwords(password_file, roles)
    connection = await asyncpg.connect(superuser_url)
    try:
        for role in roles:
            await _create_role(connection, role, passwords[role])
        for name in names:
            await _create_database(connection, database_of(name))
    finally:
        await connection.close()

    def url(name: str, role: str) -> str:
        return _with_login(superuser_url, database_of(name), role, passwords[role])

    return {
        name: DatabaseUrls(
            owner=url(name, f"{database_of(name)}_owner"),
            app=url(name, f"{database_of(name)}_app"),
            auditor=url(name, AUDITOR),
        )
        for name in names
    }


async def _create_role(
    connection: "asyncpg.Connection[asyncpg.Record]", role: str, password: str
) -> None:
    if not await connection.fetchval("SELECT true FROM pg_roles WHERE rolname = $1", role):
        await connection.execute(f"CREATE ROLE {role}")
    # Said every time: a role that someone gave more than it should have loses it again.
    rights = "LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS"
    statement = await connection.fetchval(
        f"SELECT format('ALTER ROLE {role} {rights} PASSWORD %L', $1::text)",
        password,
    )
    await connection.execute(statement)


async def _create_database(connection: "asyncpg.Connection[asyncpg.Record]", database: str) -> None:
    there = await connection.fetchval("SELECT true FROM pg_database WHERE datname = $1", database)
    if not there:
        await connection.execute(f"CREATE DATABASE {database} OWNER {database}_owner")
    await connection.execute(f"REVOKE ALL ON DATABASE {database} FROM PUBLIC")
    await connection.execute(
        f"GRANT CONNECT ON DATABASE {database} TO {database}_app, {AUDITOR}",
    )


def _load_passwords(file: Path, roles: list[str]) -> dict[str, str]:
    known: dict[str, str] = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    passwords = {role: known.get(role) or secrets.token_urlsafe(24) for role in roles}
    if passwords != known:
        write_secret(file, json.dumps(passwords, indent=2) + "\n")
    return passwords


def _with_login(url: str, database: str, role: str, password: str) -> str:
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{role}:{password}@{host}", path=f"/{database}"))
