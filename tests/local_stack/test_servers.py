"""The servers of the local stack keep what they acknowledged, whatever ends them."""

import os
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest
from helmlog_local.postgres import EmbeddedPostgres
from helmlog_local.processes import PortTaken, find_process


@pytest.fixture
def server(tmp_path: Path) -> Iterator[EmbeddedPostgres]:
    server = EmbeddedPostgres(tmp_path / "postgres")
    server.start()
    yield server
    server.remove()


async def run(server: EmbeddedPostgres, statement: str) -> object:
    connection = await asyncpg.connect(server.superuser_url())
    try:
        return await connection.fetchval(statement)
    finally:
        await connection.close()


async def test_what_was_committed_is_there_after_the_whole_server_was_killed(server):
    await run(server, "create table kept as select 42 as value")

    server.kill()
    server.start()

    assert await run(server, "select value from kept") == 42


async def test_an_acknowledged_commit_is_on_the_disk(server):
    assert await run(server, "show fsync") == "on"
    assert await run(server, "show synchronous_commit") == "on"


async def test_a_wrong_password_opens_nothing(server):
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(
            host="127.0.0.1",
            port=server.port,
            user="helmlog_admin",
            password="guessed",
            database="postgres",
        )


def test_the_superusers_password_is_for_its_owner_only(server):
    assert (server.data_dir / "superuser.password").stat().st_mode & 0o077 == 0


def test_starting_twice_starts_once(server):
    pid = server.pid
    server.start()
    assert server.pid == pid


def test_a_server_that_outlived_its_supervisor_is_ended_before_the_next_starts(server):
    orphan = server.pid

    successor = EmbeddedPostgres(server.data_dir, server.port)
    successor.start()

    assert find_process(orphan) is None
    assert successor.running
    successor.stop()


def test_a_pid_file_that_names_a_stranger_stops_nobody(server):
    server.stop()
    pid_file = server.data_dir / "cluster" / "postmaster.pid"
    if not pid_file.parent.exists():
        pytest.skip("the cluster lies outside its folder here")
    pid_file.write_text(f"{os.getpid()}\n")

    server.start()

    assert server.running


def test_a_taken_port_is_named(server, tmp_path):
    with pytest.raises(PortTaken, match=str(server.port)):
        EmbeddedPostgres(tmp_path / "second", server.port).start()
