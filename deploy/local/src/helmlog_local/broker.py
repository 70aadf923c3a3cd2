"""One Kafka-protocol broker as a child process, whichever it is."""

import os
import shutil
import signal
import socket
import struct
import subprocess
import time
from abc import ABC, abstractmethod
from pathlib import Path
from typing import ClassVar

from helmlog_local.processes import (
    PortTaken,
    end_process,
    find_free_port,
    is_port_taken,
    kill_with_children,
    last_lines,
    signal_quietly,
)

_STOP_SECONDS = 15.0
_API_VERSIONS_REQUEST = struct.pack(">ihhih7s", 17, 18, 0, 1, 7, b"helmlog")


class BrokerFailed(RuntimeError):
    """The broker could not be had or started; the message says why in one line first."""


class Broker(ABC):
    """A broker on 127.0.0.1 that this process owns.

    `data_dir` keeps its messages and, unless `log_file` says otherwise, its log. Without `port`
    a free one is taken and kept over restarts.
    """

    kind: ClassVar[str]
    is_apache: ClassVar[bool]
    start_seconds: ClassVar[float]

    def __init__(
        self,
        data_dir: Path,
        port: int | None = None,
        *,
        log_file: Path | None = None,
    ) -> None:
        self.data_dir = data_dir
        self.port = port if port is not None else find_free_port()
        self.log_file = log_file or data_dir / "broker.log"
        self._process: subprocess.Popen[bytes] | None = None

    @abstractmethod
    def prepare(self) -> None:
        """Bring about all that `command` needs; asked again at every start."""

    @abstractmethod
    def command(self) -> list[str]:
        """The program and its arguments."""

    @property
    def bootstrap(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process is not None and self.running else None

    def start(self) -> None:
        """Start and wait until the broker answers; nothing happens if it runs already.

        Raises PortTaken, or BrokerFailed with the end of the log.
        """
        if self.running:
            return
        self.data_dir.mkdir(parents=True, exist_ok=True)
        if is_port_taken(self.port):
            raise PortTaken(self.port, "Kafka")
        self.prepare()
        with self.log_file.open("ab") as log:
            self._process = subprocess.Popen(
                self.command(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.data_dir,
                start_new_session=True,  # Ctrl-C goes to the supervisor, which ends us in order
                env={**os.environ, "LC_ALL": "C.UTF-8"},
            )
        self._wait_until_answering(self._process)

    def stop(self) -> None:
        if self._process is not None:
            end_process(self._process, _STOP_SECONDS)
            self._process = None

    def kill(self) -> None:
        """SIGKILL."""
        if self._process is not None:
            kill_with_children(self._process)
            self._process = None

    def pause(self) -> None:
        """Freeze: connections stay open and nothing answers, as when a machine hangs."""
        if self._process is not None:
            signal_quietly(self._process.pid, signal.SIGSTOP)

    def resume(self) -> None:
        if self._process is not None:
            signal_quietly(self._process.pid, signal.SIGCONT)

    def answers(self) -> bool:
        """Whether a Kafka ApiVersions request gets an answer: an open port says too little."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=2) as connection:
                connection.sendall(_API_VERSIONS_REQUEST)
                return len(connection.recv(8)) > 0
        except OSError:
            return False

    def remove(self) -> None:
        """Stop the broker and delete all it kept."""
        self.stop()
        shutil.rmtree(self.data_dir, ignore_errors=True)

    def _wait_until_answering(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + self.start_seconds
        while not self.answers():
            if process.poll() is not None or time.monotonic() > deadline:
                self.kill()
                raise BrokerFailed(
                    f"{self.kind} did not start; the end of {self.log_file}:\n"
                    f"{last_lines(self.log_file)}",
                )
            time.sleep(0.1)
