"""A Python module run as a child process: a service's API, its worker, the gateway."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from helmlog_local.processes import end_process, signal_quietly

_STOP_SECONDS = 10.0


class ModuleProcess:
    """`python -m module` with some environment on top of ours; all it says goes to a file."""

    def __init__(self, module: str, environment: dict[str, str], log_file: Path) -> None:
        self.log_file = log_file
        self._module = module
        self._environment = environment
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process is not None and self.running else None

    def start(self) -> None:
        if self.running:
            return
        with self.log_file.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", self._module],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C goes to the supervisor, which ends us in order
                env={**os.environ, "PYTHONUNBUFFERED": "1", **self._environment},
            )

    def wait(self, seconds: float) -> int | None:
        """For a module that ends by itself: its exit code, or None if it was still at work."""
        if self._process is None:
            raise RuntimeError(f"{self._module} was not started")
        try:
            return self._process.wait(max(seconds, 0))
        except subprocess.TimeoutExpired:
            self.stop()
            return None

    def ask_to_stop(self) -> None:
        if self._process is not None and self.running:
            signal_quietly(self._process.pid, signal.SIGTERM)

    def stop(self) -> None:
        if self._process is not None:
            end_process(self._process, _STOP_SECONDS)
            self._process = None
