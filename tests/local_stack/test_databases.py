"""Each service has its own database, and its role can do no more there than it must."""

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import pytest
from helmlog_local.databases import DatabaseUrls, create_databases
from helmlog_local.postgres import EmbeddedPostgres
from helmlog_local.services import SERVICES


@pytest.fixture(scope="module")
def server(tmp_path_factory) -> Iterator[EmbeddedPostgres]:
    server = EmbeddedPostgres(tmp_path_factory.mktemp("databases") / "postgres")
    server.start()
    yield server
    server.remove()


@pytest.fixture(scope="module")
def password_file(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("passwords") / "passwords.json"


@pytest.fixture(scope="module")
async def databases(server, password_file) -> dict[str, DatabaseUrls]:
    return await create_databases(server.superuser_url(), password_file)


@asynccontextmanager
async def connected(url: str) -> AsyncIterator["asyncpg.Connection"]:
    connection = await asyncpg.connect(url)
    try:
        yield connection
    finally:
        await connection.close()


async def test_every_service_has_a_database(databases):
    assert set(databases) == {service.name for service in SERVICES}
    for name, urls in databases.items():
        async with connected(urls.app) as app:
            assert await app.fetchval("select current_database()") == f"helmlog_{name}"


async def test_the_owner_may_create_tables_and_the_service_may_not(databases):
    async with connected(databases["okr"].owner) as owner:
        await owner.execute("create table made_by_owner (value int)")
    async with connected(databases["okr"].app) as app:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await app.execute("create table made_by_service (value int)")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await app.fetch("select * from made_by_owner")


async def test_a_service_cannot_enter_anothers_database(databases, server):
    foreign = databases["okr"].app.removesuffix("/helmlog_okr") + "/helmlog_kpi"
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await asyncpg.connect(foreign)


async def test_the_auditor_enters_all_and_reads_what_it_was_granted(databases):
    for name, urls in databases.items():
        async with connected(urls.owner) as owner:
            await owner.execute("create table log as select 1 as seq")
            await owner.execute("grant select on log to helmlog_auditor")
        async with connected(urls.auditor) as auditor:
            assert await auditor.fetchval("select seq from log") == 1, name
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await auditor.execute("delete from log")


async def test_asked_again_it_changes_nothing(databases, server, password_file):
    assert await create_databases(server.superuser_url(), password_file) == databases


async def test_lost_passwords_are_replaced_by_new_ones_that_work(databases, server, tmp_path):
    replaced = await create_databases(server.superuser_url(), tmp_path / "new.json")

    assert replaced["kpi"].app != databases["kpi"].app
    async with connected(replaced["kpi"].app) as app:
        assert await app.fetchval("select 1") == 1


async def test_a_role_given_too_much_is_put_back_in_its_place(databases, server, password_file):
    async with connected(server.superuser_url()) as superuser:
        await superuser.execute("alter role helmlog_okr_app bypassrls createdb")
        await create_databases(server.superuser_url(), password_file)
        rights = await superuser.fetchrow(
            "select rolbypassrls, rolcreatedb from pg_roles where rolname = 'helmlog_okr_app'",
        )
    assert tuple(rights) == (False, False)


async def test_the_passwords_are_for_their_owner_only(databases, password_file):
    assert password_file.stat().st_mode & 0o077 == 0
    passwords = json.loads(password_file.read_text())
    assert len(set(passwords.values())) == len(passwords) == 2 * len(SERVICES) + 1
