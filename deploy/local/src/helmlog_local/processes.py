"""What the local stack needs to know of the operating system's processes and ports."""

import os
import secrets
import signal
import socket
import subprocess
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

_PROC = Path("/proc/self/stat")
_PORTS = range(10_000, 32_000)  # below those of outgoing connections, on Linux and elsewhere


class PortTaken(RuntimeError):
    """Another program listens on a port that is to be ours."""

    def __init__(self, port: int, what: str, variable: str | None = None) -> None:
        remedy = f"; set {variable} to another port" if variable else ""
        super().__init__(f"port {port} ({what}) is taken by another program{remedy}")
        self.port = port


@dataclass(frozen=True, slots=True)
class ProcessEntry:
    pid: int
    parent: int
    running: bool  # False for a zombie: dead, only not yet collected
    started: str  # with the pid, names one process for ever: pids are used again
    command: str


def process_table() -> dict[int, ProcessEntry]:
    entries = _read_proc() if _PROC.exists() else _read_ps()
    return {entry.pid: entry for entry in entries}


def find_process(pid: int) -> ProcessEntry | None:
    """The running process of this pid; None when there is none or only a zombie."""
    has_proc = _PROC.exists()
    entry = _proc_entry(Path("/proc") / str(pid)) if has_proc else process_table().get(pid)
    return entry if entry is not None and entry.running else None


def descendants(pid: int) -> list[int]:
    table = process_table()
    found = [pid]
    for parent in found:
        found.extend(entry.pid for entry in table.values() if entry.parent == parent)
    return found[1:]


def signal_quietly(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return


def wait_until_gone(pids: Iterable[int], seconds: float) -> bool:
    """Wait until none of the processes runs any more; False if one still does in the end."""
    waiting = list(pids)
    deadline = time.monotonic() + seconds
    while waiting := [pid for pid in waiting if find_process(pid) is not None]:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def end_process(
    process: subprocess.Popen[bytes],
    seconds: float,
    first: signal.Signals = signal.SIGTERM,
) -> None:
    """Ask the process to end, give it some seconds, then take it and what it started down."""
    if process.poll() is not None:
        return
    table = process_table()
    started = [table[pid] for pid in descendants(process.pid) if pid in table]
    signal_quietly(process.pid, signal.SIGCONT)
    signal_quietly(process.pid, first)
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        kill_with_children(process)
    for entry in started:
        now = find_process(entry.pid)
        if now is not None and now.started == entry.started:
            signal_quietly(entry.pid, signal.SIGKILL)


def kill_with_children(process: subprocess.Popen[bytes]) -> None:
    """SIGKILL a process and all it started, as a power cut would; returns when all are gone."""
    if process.poll() is None:
        # Stopped first, so that it starts nothing between the look and the blow.
        signal_quietly(process.pid, signal.SIGSTOP)
        victims = [process.pid, *descendants(process.pid)]
        for pid in victims:
            signal_quietly(pid, signal.SIGKILL)
        process.wait()
        wait_until_gone(victims, 10)


def is_port_taken(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return True
    return False


def find_free_port() -> int:
    """A port that stays free until its server listens, and while that server is restarted.

    Not one that the kernel would give: those it also gives to every outgoing connection.
    """
    while True:
        port = secrets.choice(_PORTS)  # by chance: two who look at once find different ones
        if not is_port_taken(port):
            return port


def last_lines(file: Path, count: int = 15) -> str:
    try:
        text = file.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return ""
    return "\n".join(text.splitlines()[-count:])


def _read_proc() -> list[ProcessEntry]:
    folders = (folder for folder in Path("/proc").iterdir() if folder.name.isdigit())
    return [entry for folder in folders if (entry := _proc_entry(folder)) is not None]


def _proc_entry(folder: Path) -> ProcessEntry | None:
    try:
        stat = (folder / "stat").read_text(encoding="utf-8", errors="replace")
        command = (folder / "cmdline").read_bytes().replace(b"\0", b" ")
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return None
    # The name in brackets may hold blanks and brackets itself: count from the last one.
    fields = stat.rpartition(")")[2].split()
    return ProcessEntry(
        pid=int(folder.name),
        parent=int(fields[1]),
        running=fields[0] not in {"Z", "X"},
        started=fields[19],
        command=command.decode(errors="replace").strip(),
    )


def _read_ps() -> list[ProcessEntry]:
    listing = subprocess.run(
        ["ps", "-axo", "pid=,ppid=,stat=,lstart=,command="],
        check=True,
        capture_output=True,
        text=True,
    )
    rows = (line.split(maxsplit=8) for line in listing.stdout.splitlines())
    return [
        ProcessEntry(
            pid=int(row[0]),
            parent=int(row[1]),
            running=not row[2].startswith("Z"),
            started=" ".join(row[3:8]),
            command=row[8] if len(row) > 8 else "",  # noqa: PLR2004 - the ninth column
        )
        for row in rows
    ]
