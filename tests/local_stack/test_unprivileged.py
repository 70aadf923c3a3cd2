"""PostgreSQL runs for root too, one way or the other, and processes are ended to the last."""

import os
import pwd
import signal
import subprocess
import sys
import time

import asyncpg
import pytest
from helmlog_local.postgres import EmbeddedPostgres
from helmlog_local.processes import (
    descendants,
    end_process,
    find_process,
    kill_with_children,
    wait_until_gone,
)
from helmlog_local.unprivileged import Unprivileged, find_unprivileged

IGNORES_TERM_AND_HAS_A_CHILD = """
import signal, subprocess, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
subprocess.Popen(["sleep", "60"])
print("started", flush=True)
time.sleep(60)
"""
ENDS_ON_TERM_BUT_LEAVES_A_CHILD = """
import subprocess, time
subprocess.Popen(["sleep", "60"])
print("started", flush=True)
time.sleep(60)
"""


def started(program: str) -> "subprocess.Popen[bytes]":
    process = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE)
    assert process.stdout.readline() == b"started\n"
    process.stdout.close()
    return process


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to become someone else")
async def test_where_user_namespaces_are_refused_root_runs_it_as_another_user(tmp_path):
    nobody = pwd.getpwnam("nobody")
    tmp_path.chmod(0o700)
    server = EmbeddedPostgres(
        tmp_path / "postgres",
        run_as=Unprivileged(user=nobody.pw_uid, group=nobody.pw_gid),
    )
    try:
        server.start()
        connection = await asyncpg.connect(server.superuser_url())
        assert await connection.fetchval("select 1") == 1
        await connection.close()
        assert "runs as 'nobody', with its data in /var/tmp/helmlog-" in server.notice
    finally:
        server.remove()


def test_the_way_found_here_is_not_root():
    found = find_unprivileged()
    printed = subprocess.run(
        [*found.prefix, sys.executable, "-c", "import os; print(os.geteuid())"],
        capture_output=True,
        check=True,
        **found.popen_options(),
    )
    assert int(printed.stdout) != 0


@pytest.mark.parametrize("program", [IGNORES_TERM_AND_HAS_A_CHILD, ENDS_ON_TERM_BUT_LEAVES_A_CHILD])
def test_ending_a_process_is_bounded_and_takes_its_children_along(program):
    process = started(program)
    children = descendants(process.pid)
    assert len(children) == 1

    begun = time.monotonic()
    end_process(process, 0.5)

    assert time.monotonic() - begun < 30
    assert process.returncode is not None
    assert wait_until_gone(children, 2)


def test_a_kill_takes_the_children_along():
    process = started(IGNORES_TERM_AND_HAS_A_CHILD)
    children = descendants(process.pid)

    kill_with_children(process)

    assert process.returncode == -signal.SIGKILL
    assert all(find_process(pid) is None for pid in children)
