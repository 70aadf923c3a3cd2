"""Reckoning that takes seconds of a processor, in processes of its own.

They are started by the first request that needs one, so neither the service's start nor the worker
loads what they reckon with, and the event loop goes on answering. What is asked beyond what they
can soon do is refused at once.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from functools import partial
from multiprocessing import get_context
from types import FrameType
from typing import Any, Final, NamedTuple, TypeVar

import structlog
from helmlog_events.store.postgres.connections import is_connection_loss

from kpi_service.domain.kpi.refusals import Refusal

T = TypeVar("T")

_log = structlog.get_logger(__name__)
_GRACE: Final = 5.0
"""Seconds after its time limit in which a process has to say that it gave up."""


class AnalysisBusy(Exception):
    """As many analyses are under way and waiting as are taken at once."""

    def __init__(self, taken: int) -> None:
        super().__init__(f"{taken} analyses are under way or waiting: try again in a moment")


class AnalysisTooLong(Exception):
    """It was given up when its time was over; over a shorter stretch it may end in time."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"it was given up after {seconds:g} seconds: ask for a shorter stretch")


class AnalysisLost(Exception):
    """The process ended before it answered."""

    def __init__(self) -> None:
        super().__init__("the process that reckoned it ended early: try again")


class AnalysisPool:
    """At most `processes` at once and `waiting` behind them, each for `seconds` at most."""

    def __init__(self, *, processes: int, waiting: int, seconds: float) -> None:
        self._processes = processes
        self._most = processes + waiting
        self._seconds = seconds
        self._taken = 0
        self._executor: ProcessPoolExecutor | None = None
        self._turn = asyncio.Semaphore(processes)

    async def run(self, job: Callable[[], T]) -> T:
        """`job` is picklable, and so is what it returns.

        Raises the `Refusal` it raises, `AnalysisBusy`, `AnalysisTooLong` or `AnalysisLost`; an
        OSError where the database went away, a RuntimeError for anything else.
        """
        if self._taken >= self._most:
            raise AnalysisBusy(self._most)
        self._taken += 1
        try:
            async with self._turn:
                return await self._run(job)
        finally:
            self._taken -= 1

    async def close(self) -> None:
        """Ends the processes, whatever they are at."""
        executor, self._executor = self._executor, None
        if executor is not None:
            await asyncio.to_thread(_end, executor)

    async def _run(self, job: Callable[[], T]) -> T:
        executor = self._executor = self._executor or _create(self._processes)
        try:
            future = executor.submit(partial(_limited, job, self._seconds))
            async with asyncio.timeout(self._seconds + _GRACE):
                told = await asyncio.wrap_future(future)
        except _TimeOver as error:
            raise AnalysisTooLong(self._seconds) from error
        except (BrokenProcessPool, TimeoutError) as error:
            _log.warning("analysis_process_lost", error=repr(error))
            # Others may have found it broken before, and work with a new one already.
            if self._executor is executor:
                await self.close()
            raise AnalysisLost from error
        if isinstance(told, _Raised):
            raise told.rebuilt()
        return told


class _TimeOver(Exception):
    pass


def _create(processes: int) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(
        processes, mp_context=get_context("spawn"), initializer=_one_thread_each
    )


def _end(executor: ProcessPoolExecutor) -> None:
    # Taken before: a pool that is shut down forgets them.
    processes = list((executor._processes or {}).values())  # noqa: SLF001 - terminate_workers comes with 3.14
    executor.shutdown(wait=False, cancel_futures=True)
    for process in processes:
        process.kill()
    for process in processes:
        process.join()


def _one_thread_each() -> None:
    # Read when numpy is loaded: as many threads as processors in each process help nobody.
    for library in ("OMP", "OPENBLAS", "MKL"):
        os.environ[f"{library}_NUM_THREADS"] = "1"
    # The service ends its processes itself.
    signal.signal(signal.SIGINT, signal.SIG_IGN)


class _Raised(NamedTuple):
    """A refusal on its way between processes: exceptions that take facts don't travel as such."""

    kind: type[Refusal]
    arguments: tuple[Any, ...]
    facts: dict[str, Any]

    def rebuilt(self) -> Refusal:
        refusal = self.kind.__new__(self.kind)
        refusal.args = self.arguments
        refusal.__dict__.update(self.facts)
        return refusal


def _limited(job: Callable[[], T], seconds: float) -> T | _Raised:
    try:
        with _time_limit(seconds):
            return job()
    except Refusal as refusal:
        return _Raised(type(refusal), refusal.args, refusal.__dict__)
    except _TimeOver:
        raise
    except Exception as error:  # noqa: BLE001 - told to the process that asked
        # The drivers' exceptions don't travel either; what the log needs is in the words.
        words = f"{type(error).__name__}: {error}"
        raise (ConnectionError if is_connection_loss(error) else RuntimeError)(words) from None


@contextmanager
def _time_limit(seconds: float) -> Iterator[None]:
    def give_up(_signal: int, _frame: FrameType | None) -> None:
        raise _TimeOver

    signal.signal(signal.SIGALRM, give_up)
    # Again and again: an event loop may catch the first one for a callback of its own.
    signal.setitimer(signal.ITIMER_REAL, seconds, 1)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
