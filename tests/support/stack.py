"""The whole local stack as processes of its own, and ways to do it harm."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import Path

import asyncpg
from helmlog_local.apache_kafka import ApacheKafka
from helmlog_local.databases import AUDITOR, database_of
from helmlog_local.issuer import LocalIssuer
from helmlog_local.paths import cache_folder
from helmlog_local.processes import (
    ProcessEntry,
    descendants,
    find_free_port,
    find_process,
    is_port_taken,
    last_lines,
    signal_quietly,
    wait_until_gone,
)
from helmlog_local.services import HOST, SERVICES
from helmlog_local.settings import WORKER_PORT_OFFSET, StackSettings
from helmlog_local.stack import postgres_of

TENANT = "faults"
_START_SECONDS = 240.0
_STOP_SECONDS = 60.0
_RESTART_SECONDS = 60.0
_PASSWORD = re.compile(r"(://[^:/@\s]+:)[^@\s]+@")


class LocalStack:
    """`python -m helmlog_local run` in a folder and on ports of its own."""

    def __init__(self, folder: Path) -> None:
        self.settings = _settings(folder / "data")
        self._folder = folder
        self._supervisor: subprocess.Popen[bytes] | None = None

    @property
    def bootstrap(self) -> str:
        return f"{HOST}:{self.settings.kafka_port}"

    @property
    def is_apache(self) -> bool:
        return ApacheKafka.kind in self.said()

    @property
    def kafka_folder(self) -> Path:
        return self.settings.data_dir / "kafka"

    def start(self) -> None:
        """Returns when everything is ready; fails with what the stack said otherwise."""
        self.settings.data_dir.mkdir()
        # What was downloaded once serves every run.
        cache_folder().mkdir(parents=True, exist_ok=True)
        (self.settings.data_dir / "cache").symlink_to(cache_folder())
        with (self._folder / "said").open("wb") as said:
            self._supervisor = subprocess.Popen(
                [sys.executable, "-u", "-m", "helmlog_local", "run"],
                env={**os.environ, **_environment(self.settings)},
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                start_new_session=True,  # Ctrl-C is for the tests, which end it in order
            )
        deadline = time.monotonic() + _START_SECONDS
        while "TOKEN=" not in self.said():
            if self._supervisor.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(f"the stack did not start:\n{self.said()[-3000:]}")
            time.sleep(0.2)

    def stop(self) -> None:
        """Ends all that was started, whatever state it is in."""
        if self._supervisor is None:
            return
        processes = self._processes()
        for pid, _ in processes.values():
            signal_quietly(pid, signal.SIGCONT)
        signal_quietly(self._supervisor.pid, signal.SIGCONT)
        signal_quietly(self._supervisor.pid, signal.SIGTERM)
        try:
            self._supervisor.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            for victim in [*descendants(self._supervisor.pid), self._supervisor.pid]:
                signal_quietly(victim, signal.SIGKILL)
            self._supervisor.wait()

    def said(self) -> str:
        return (self._folder / "said").read_text(errors="replace")

    def log_tail(self, name: str, count: int = 12) -> str:
        text = last_lines(self.settings.logs / f"{name}.log", count)
        return f"--- the end of {name}.log\n" + _PASSWORD.sub(r"\1...@", text)

    def assert_alive(self) -> None:
        """The supervisor goes on; fails with its last words otherwise."""
        assert self._supervisor is not None
        assert self._supervisor.poll() is None, f"the stack has ended:\n{self.said()[-3000:]}"

    # ---- where things are ----

    def url(self, service: str) -> str:
        return f"http://{HOST}:{self.settings.service_ports[service]}"

    def token(self, role: str, tenant: str = TENANT) -> str:
        return LocalIssuer(self.settings.issuer_folder).issue(role, tenant)

    def audit_logs(self) -> str:
        """As HELMLOG_AUDIT_LOGS wants it."""
        return ",".join(f"{s.name}={self.role_url(s.name, 'auditor')}" for s in SERVICES)

    def superuser_url(self, service: str) -> str:
        return postgres_of(self.settings).superuser_url(database_of(service))

    def role_url(self, service: str, role: str) -> str:
        """`role` is owner, app or auditor."""
        name = AUDITOR if role == "auditor" else f"{database_of(service)}_{role}"
        file = self.settings.data_dir / "database-passwords.json"
        password = json.loads(file.read_text())[name]
        host = f"{HOST}:{self.settings.postgres_port}"
        return f"postgresql://{name}:{password}@{host}/{database_of(service)}"

    @contextlib.asynccontextmanager
    async def database(self, service: str) -> AsyncIterator[asyncpg.Connection]:
        """A superuser's connection."""
        connection = await asyncpg.connect(self.superuser_url(service))
        try:
            yield connection
        finally:
            await connection.close()

    # ---- harm ----

    def kill(self, name: str) -> None:
        """SIGKILLs a program with all its children, as soon as it runs."""
        pid = self.running(name).pid
        signal_quietly(pid, signal.SIGSTOP)  # so that it starts nothing between look and blow
        victims = [pid, *descendants(pid)]
        for victim in victims:
            signal_quietly(victim, signal.SIGKILL)
        assert wait_until_gone(victims, 10), f"{name} does not die"

    def freeze(self, name: str) -> None:
        signal_quietly(self.running(name).pid, signal.SIGSTOP)

    def thaw(self, name: str) -> None:
        signal_quietly(self.running(name).pid, signal.SIGCONT)

    @contextlib.contextmanager
    def unsupervised(self) -> Iterator[None]:
        """For the length of the block nothing is started again."""
        assert self._supervisor is not None
        signal_quietly(self._supervisor.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            signal_quietly(self._supervisor.pid, signal.SIGCONT)

    def running(self, name: str) -> ProcessEntry:
        """Waits for a restart under way; fails with the program's last words if there is none."""
        deadline = time.monotonic() + _RESTART_SECONDS
        while time.monotonic() < deadline:
            self.assert_alive()
            pid, started = self._processes().get(name, (0, ""))
            entry = find_process(pid)
            if entry is not None and entry.started == started:
                return entry
            time.sleep(0.05)
        raise AssertionError(f"{name} was not started again\n{self.log_tail(name)}")

    def _processes(self) -> Mapping[str, tuple[int, str]]:
        file = self.settings.data_dir / "processes.json"
        return json.loads(file.read_text()) if file.exists() else {}


def _settings(data: Path) -> StackSettings:
    return StackSettings(
        data_dir=data,
        cache_dir=cache_folder(),
        kafka="auto" if os.environ.get("HELMLOG_KAFKA") != "embedded" else "embedded",
        postgres_port=find_free_port(),
        kafka_port=find_free_port(),
        gateway_port=find_free_port(),
        service_ports={service.name: _free_pair() for service in SERVICES},
        crashes_allowed=1_000_000,
    )


def _free_pair() -> int:
    """A port that leaves the one for the worker's health free too."""
    while True:
        port = find_free_port()
        other = port + WORKER_PORT_OFFSET
        if other < 60_000 and not is_port_taken(other):
            return port


def _environment(settings: StackSettings) -> Mapping[str, str]:
    return {
        "HELMLOG_DATA_DIR": str(settings.data_dir),
        "HELMLOG_KAFKA": settings.kafka,
        "HELMLOG_CRASHES_ALLOWED": str(settings.crashes_allowed),
        **{port.variable: str(port.number) for port in settings.all_ports()[:3]},
        **{s.port_variable: str(settings.service_ports[s.name]) for s in SERVICES},
    }
