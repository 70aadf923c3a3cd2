"""Keeps a set of programs running, and ends them in order."""

import os
import signal
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import httpx

from helmlog_local.processes import (
    descendants,
    last_lines,
    signal_quietly,
    wait_until_gone,
)

CRASHES_ALLOWED = 5
_CRASH_WINDOW_SECONDS = 60.0
_FIRST_BACKOFF_SECONDS = 0.5
_LONGEST_BACKOFF_SECONDS = 4.0
_READY_SECONDS = 120.0
_TICK_SECONDS = 0.1


class StackFailed(RuntimeError):
    """The stack can't go on; the message names the program and ends with its last words."""


class Program(Protocol):
    log_file: Path

    @property
    def running(self) -> bool: ...
    @property
    def pid(self) -> int | None: ...
    def start(self) -> None: ...
    def stop(self) -> None: ...


@dataclass(slots=True)
class Supervised:
    """`ready_url` is asked until it answers 200; None: ready as soon as started."""

    name: str
    program: Program
    ready_url: str | None = None
    ready: bool = False
    crashes: list[float] = field(default_factory=list)
    restart_at: float | None = None


class Supervisor:
    """`say` tells a person what happens; `record` is told the pids whenever they change.

    A program that crashes for the `crashes_allowed`-th time within a minute ends it all.
    """

    def __init__(
        self,
        say: Callable[[str], None],
        record: Callable[[dict[str, int]], None],
        *,
        crashes_allowed: int = CRASHES_ALLOWED,
    ) -> None:
        self._members: list[Supervised] = []
        self._say = say
        self._record = record
        self._crashes_allowed = crashes_allowed

    def start(self, member: Supervised) -> None:
        """Start it now, and keep it running from now on. What starts first is ended last."""
        self._members.append(member)
        member.program.start()
        member.ready = member.ready_url is None
        self._record_pids()

    def watch_until_ready(self) -> None:
        """Raises StackFailed when a program keeps crashing or does not become ready."""
        deadline = time.monotonic() + _READY_SECONDS
        with httpx.Client(timeout=2.0, trust_env=False) as client:
            while waiting := [member for member in self._members if not member.ready]:
                self._restart_crashed()
                answers = {member.name: _ask(client, member) for member in waiting}
                if time.monotonic() > deadline:
                    late = "; ".join(f"{name}: {said}" for name, said in answers.items())
                    raise StackFailed(f"not ready after {_READY_SECONDS:.0f} s: {late}")
                time.sleep(_TICK_SECONDS)

    def watch(self) -> None:
        """Go on for ever; raises StackFailed when a program keeps crashing."""
        while True:
            self._restart_crashed()
            time.sleep(_TICK_SECONDS)

    def stop(self, together: Sequence[Callable[[], None]] = ()) -> None:
        """End all, last started first; what is in `together` is asked beforehand, at once."""
        for ask in together:
            ask()
        for member in reversed(self._members):
            member.program.stop()
        # Whatever a signal at a bad moment made us lose sight of is still our child.
        strays = descendants(os.getpid())
        for pid in strays:
            signal_quietly(pid, signal.SIGKILL)
        wait_until_gone(strays, 5)
        self._members.clear()
        self._record_pids()

    def _restart_crashed(self) -> None:
        now = time.monotonic()
        for member in self._members:
            if member.restart_at is not None and now >= member.restart_at:
                member.restart_at = None
                self._start_again(member)
            elif member.restart_at is None and not member.program.running:
                self._note_crash(member, now)

    def _note_crash(self, member: Supervised, now: float) -> None:
        recent = [at for at in member.crashes if now - at < _CRASH_WINDOW_SECONDS]
        member.crashes = [*recent, now]
        count = len(member.crashes)
        if count >= self._crashes_allowed:
            log = member.program.log_file
            raise StackFailed(
                f"{member.name} crashed {count} times within a minute; the end of {log}:\n"
                f"{last_lines(log)}",
            )
        delay = min(_FIRST_BACKOFF_SECONDS * 2 ** (count - 1), _LONGEST_BACKOFF_SECONDS)
        member.restart_at = now + delay
        self._say(f"{member.name} ended unexpectedly; starting it again in {delay:g} s")

    def _start_again(self, member: Supervised) -> None:
        try:
            member.program.start()
        except RuntimeError as reason:
            # A server that does not come up counts as one more crash, at the next look.
            self._say(f"{member.name}: {reason}")
        self._record_pids()

    def _record_pids(self) -> None:
        pids = {m.name: pid for m in self._members if (pid := m.program.pid) is not None}
        self._record(pids)


def _ask(client: httpx.Client, member: Supervised) -> str:
    assert member.ready_url is not None  # noqa: S101 - who has none is ready from the start
    try:
        answer = client.get(member.ready_url)
    except httpx.TransportError as error:
        return str(error) or type(error).__name__
    member.ready = answer.status_code == httpx.codes.OK
    return f"{answer.status_code} {answer.text[:500]}"
