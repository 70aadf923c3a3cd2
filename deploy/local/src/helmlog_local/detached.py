"""A stack that goes on after the command that started it has returned."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable

from helmlog_local.processes import end_process, signal_quietly, wait_until_gone
from helmlog_local.settings import StackSettings
from helmlog_local.signals import StopRequested, signals_stop
from helmlog_local.state import AlreadyRunning, StateFolder

_STOP_SECONDS = 60.0


def run_detached(settings: StackSettings, say: Callable[[str], None] = print) -> int:
    """Start the stack in the background; 0 when it is ready, else its exit code.

    Raises AlreadyRunning.
    """
    state = StateFolder(settings.data_dir)
    if running := state.running():
        raise AlreadyRunning(running.pid)
    settings.logs.mkdir(parents=True, exist_ok=True)
    log_file = settings.logs / "stack.log"
    with log_file.open("wb") as log:
        stack = subprocess.Popen(
            [sys.executable, "-u", "-m", "helmlog_local", "run"],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        with signals_stop(), log_file.open(encoding="utf-8") as said:
            while state.phase_of(stack.pid) != "ready" and stack.poll() is None:
                _pass_on(said.read(), say)
                time.sleep(0.1)
            time.sleep(0.2)  # the words about being ready follow the fact
            _pass_on(said.read(), say)
    except StopRequested:
        end_process(stack, _STOP_SECONDS)
        return 130
    return stack.poll() or 0


def stop_stack(settings: StackSettings, say: Callable[[str], None] = print) -> int:
    """End the running stack; 0 also when there was none."""
    running = StateFolder(settings.data_dir).running()
    if running is None:
        say("no stack is running")
        return 0
    signal_quietly(running.pid, signal.SIGTERM)
    if wait_until_gone([running.pid], _STOP_SECONDS):
        say("stopped")
        return 0
    say(f"the stack (process {running.pid}) did not stop within {_STOP_SECONDS:.0f} s")
    return 1


def _pass_on(text: str, say: Callable[[str], None]) -> None:
    if text:
        say(text.rstrip("\n"))
