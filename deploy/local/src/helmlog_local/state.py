"""What a running stack leaves in its data folder, so that others find it and it can be ended."""

import fcntl
import json
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from helmlog_local.processes import find_process, signal_quietly, wait_until_gone

_END_SECONDS = 10.0


class AlreadyRunning(RuntimeError):
    def __init__(self, pid: int | None) -> None:
        who = f" (process {pid})" if pid else ""
        super().__init__(f"the stack is already running{who}; 'make stop' ends it")


@dataclass(frozen=True, slots=True)
class StackState:
    """`phase` is "starting" or "ready"."""

    pid: int
    phase: str


class StateFolder:
    def __init__(self, folder: Path) -> None:
        self._lock = folder / "stack.lock"
        self._state = folder / "stack.json"
        self._processes = folder / "processes.json"

    @contextmanager
    def hold(self) -> Iterator[None]:
        """Be the one stack of this folder; raises AlreadyRunning.

        A lock rather than a pid file alone: the system lets go of it however we end.
        """
        self._lock.parent.mkdir(parents=True, exist_ok=True)
        with self._lock.open("a") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise AlreadyRunning(self._recorded_pid()) from None
            self.set_phase("starting")
            try:
                yield
            finally:
                self._state.unlink(missing_ok=True)

    def running(self) -> StackState | None:
        """The stack that holds this folder now."""
        if not self._lock.exists():
            return None
        with self._lock.open("a") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return self._read_state()
        return None

    def phase_of(self, pid: int) -> str | None:
        """How far the stack that is this process has come; does not touch the lock."""
        state = self._read_state()
        return state.phase if state is not None and state.pid == pid else None

    def set_phase(self, phase: str) -> None:
        _write(self._state, {"pid": os.getpid(), "phase": phase})

    def record_processes(self, pids: dict[str, int]) -> None:
        entries = {name: find_process(pid) for name, pid in pids.items()}
        _write(self._processes, {n: [e.pid, e.started] for n, e in entries.items() if e})

    def end_leftovers(self) -> list[str]:
        """End what a stack that was killed left running; the names of what was."""
        left: dict[str, int] = {}
        for name, (pid, started) in _read(self._processes).items():
            entry = find_process(pid)
            # Pids are used again: the same pid with another start is a stranger.
            if entry is not None and entry.started == started:
                left[name] = pid
        for number in (signal.SIGTERM, signal.SIGKILL):
            for pid in left.values():
                signal_quietly(pid, number)
            if wait_until_gone(left.values(), _END_SECONDS):
                break
        return list(left)

    def _recorded_pid(self) -> int | None:
        state = self._read_state()
        return state.pid if state else None

    def _read_state(self) -> StackState | None:
        found = _read(self._state)
        return StackState(found["pid"], found["phase"]) if found else None


def _read(file: Path) -> dict[str, Any]:
    try:
        content: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    except (FileNotFoundError, json.JSONDecodeError):
        return {}
    return content


def _write(file: Path, content: object) -> None:
    partial = file.with_name(f"{file.name}.partial")
    partial.write_text(json.dumps(content), encoding="utf-8")
    partial.replace(file)
