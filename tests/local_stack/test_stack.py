"""The stack starts whole, mends what crashes, and leaves nothing behind, however it ends."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from helmlog_local.processes import (
    find_free_port,
    is_port_taken,
    process_table,
    wait_until_gone,
)
from helmlog_local.services import SERVICES
from helmlog_local.settings import WORKER_PORT_OFFSET

pytestmark = pytest.mark.timeout(120)

PLACEHOLDER = Path(__file__).with_name("placeholder_service.py")


class StackUnderTest:
    """The real command line, on ports and a folder of its own, with stand-ins for services."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.modules = folder / "modules"
        self.data = folder / "data"
        self.ports = {
            **{name: find_free_port() for name in ("POSTGRES", "KAFKA", "GATEWAY")},
            **{service.name.upper(): free_pair() for service in SERVICES},
        }
        for service in SERVICES:
            package = self.modules / service.module
            package.mkdir(parents=True)
            (package / "__init__.py").touch()
            (package / "migrate.py").touch()
            for name in ("main", "worker"):
                run = f"import runpy\nrunpy.run_path({str(PLACEHOLDER)!r})\n"
                (package / f"{name}.py").write_text(run)
        self.environment = {
            **os.environ,
            "PYTHONPATH": str(self.modules),
            "HELMLOG_DATA_DIR": str(self.data),
            "HELMLOG_KAFKA": "embedded",
            **{f"HELMLOG_{name}_PORT": str(port) for name, port in self.ports.items()},
        }

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "helmlog_local", *arguments],
            check=False,
            capture_output=True,
            text=True,
            env=self.environment,
            timeout=60,
        )

    def foreground(self) -> "subprocess.Popen[bytes]":
        with (self.folder / "said").open("wb") as said:
            return subprocess.Popen(
                [sys.executable, "-u", "-m", "helmlog_local", "run"],
                env=self.environment,
                stdout=said,
                stderr=said,
            )

    def said(self) -> str:
        return (self.folder / "said").read_text()

    def get(self, name: str, offset: int = 0) -> dict:
        url = f"http://127.0.0.1:{self.ports[name] + offset}/readyz"
        return httpx.get(url, trust_env=False, timeout=5).json()

    def processes(self) -> list[int]:
        """All that runs out of this stack's folder or for it."""
        mine = []
        for entry in process_table().values():
            environment = Path(f"/proc/{entry.pid}/environ")
            try:
                told = environment.read_bytes().decode(errors="replace")
            except OSError:
                told = ""
            if entry.pid != os.getpid() and (
                str(self.data) in entry.command or f"HELMLOG_DATA_DIR={self.data}" in told
            ):
                mine.append(entry.pid)
        return mine


def free_pair() -> int:
    """A port for a service that leaves the one for its worker free too."""
    while True:
        port = find_free_port()
        other = port + WORKER_PORT_OFFSET
        if other < 60000 and not is_port_taken(other):
            return port


def eventually(holds: Callable[[], bool], seconds: float = 20) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if holds():
                return True
        except (httpx.TransportError, FileNotFoundError):
            pass
        time.sleep(0.1)
    return False


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[StackUnderTest]:
    stack = StackUnderTest(tmp_path)
    yield stack
    stack.command("stop")
    for pid in stack.processes():
        os.kill(pid, signal.SIGKILL)


def test_a_detached_stack_is_ready_when_the_command_returns_and_gone_after_stop(stack):
    started = stack.command("run", "--detach")

    assert started.returncode == 0, started.stderr
    assert "TOKEN=" in started.stdout
    told = stack.get("OKR")["told"]
    assert told["HELMLOG_DATABASE_URL"].startswith("postgresql://helmlog_okr_app:")
    assert told["HELMLOG_KAFKA_BOOTSTRAP"] == f"127.0.0.1:{stack.ports['KAFKA']}"
    logs = stack.get("AUDIT")["told"]["HELMLOG_AUDIT_LOGS"].split(",")
    assert [log.split("=")[0] for log in logs] == [service.name for service in SERVICES]
    assert all("postgresql://helmlog_auditor:" in log for log in logs)
    assert stack.command("status").stdout.count("ready") == 9

    assert stack.command("stop").returncode == 0
    assert stack.processes() == []


def test_a_second_stack_in_the_same_folder_is_refused(stack):
    stack.command("run", "--detach")

    for arguments in (["run"], ["run", "--detach"]):
        second = stack.command(*arguments)
        assert second.returncode == 1
        assert "already running" in second.stderr


def test_a_killed_service_is_started_again_while_the_others_go_on(stack):
    stack.command("run", "--detach")
    okr, kpi = stack.get("OKR")["pid"], stack.get("KPI")["pid"]

    os.kill(okr, signal.SIGKILL)

    assert eventually(lambda: stack.get("OKR")["pid"] != okr)
    assert stack.get("KPI")["pid"] == kpi


def test_a_service_that_keeps_crashing_ends_the_stack_and_is_named_with_its_last_words(stack):
    worker = stack.modules / "kpi_service" / "worker.py"
    worker.write_text("raise SystemExit('the worker has no wind')\n")

    failed = stack.command("run", "--detach")

    assert failed.returncode != 0
    assert "kpi-worker crashed 5 times within a minute" in failed.stdout
    assert "the worker has no wind" in failed.stdout
    assert stack.processes() == []


def test_a_failed_migration_ends_the_stack_with_its_reason(stack):
    (stack.modules / "okr_service" / "migrate.py").write_text("raise SystemExit('no such table')\n")

    failed = stack.command("run", "--detach")

    assert failed.returncode != 0
    assert "the migration of okr-service failed" in failed.stdout
    assert "no such table" in failed.stdout
    assert stack.processes() == []


def test_a_taken_port_is_named_with_its_variable_before_anything_starts(stack):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", stack.ports["ALIGNMENT"]))
        taken.listen()

        refused = stack.command("run")

    assert refused.returncode == 1
    assert str(stack.ports["ALIGNMENT"]) in refused.stderr
    assert "HELMLOG_ALIGNMENT_PORT" in refused.stderr
    assert not (stack.data / "postgres" / "cluster").exists()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stack_in_the_foreground_ends_all_it_started_on(stack, number):
    process = stack.foreground()
    assert eventually(lambda: "TOKEN=" in stack.said())

    process.send_signal(number)

    assert process.wait(30) == 0
    assert stack.processes() == []


def test_a_stack_stopped_while_it_starts_leaves_nothing(stack):
    process = stack.foreground()
    assert eventually(lambda: "starting noida-db" in stack.said())

    process.send_signal(signal.SIGINT)

    assert process.wait(30) == 0
    assert stack.processes() == []


def test_a_stack_killed_outright_is_cleared_away_by_the_next(stack):
    process = stack.foreground()
    assert eventually(lambda: "TOKEN=" in stack.said())
    orphaned = stack.get("OKR")["pid"]
    process.kill()
    process.wait()

    started = stack.command("run", "--detach")

    assert started.returncode == 0, started.stdout + started.stderr
    assert "ended what an earlier run had left" in started.stdout
    assert wait_until_gone([orphaned], 1)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["token", "--role", "captain"], "there is no role 'captain'"),
        (["db-url", "--service", "sails"], "there is no service 'sails'"),
        (["db-url"], "there is no database yet"),
    ],
)
def test_a_command_that_makes_no_sense_is_refused_in_one_line(stack, arguments, words):
    refused = stack.command(*arguments)

    assert refused.returncode == 1
    assert words in refused.stderr
    assert len(refused.stderr.splitlines()) == 1
    assert refused.stdout == ""
