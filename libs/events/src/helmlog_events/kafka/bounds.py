"""Guards against what aiokafka does with cancellation: swallow it, or let its own escape."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class StrayCancellation(Exception):
    """A cancellation nobody had asked for; as `CancelledError` it would end us without a word."""


async def bounded(work: Coroutine[Any, Any, T], seconds: float) -> T:
    """Awaits `work` for at most so long, even if it swallows its cancellation.

    Raises `TimeoutError`, or `StrayCancellation`.
    """
    task = asyncio.create_task(work)
    in_time = False
    try:
        await asyncio.wait([task], timeout=seconds)
        in_time = task.done()
    finally:
        if not task.done():
            # A start that is cancelled while it connects leaves the connection open: let it end.
            await asyncio.wait([task], timeout=1.0)
        if not task.done():
            task.cancel()
            task.add_done_callback(_forget)
            await asyncio.wait([task], timeout=1.0)  # it may have connections to close
    if not in_time:
        raise TimeoutError
    return result_of(task)


def result_of(task: asyncio.Task[T]) -> T:
    """Of a task that is done and that we did not cancel."""
    if task.cancelled():
        raise StrayCancellation(task.get_coro())
    return task.result()


async def on_request_only(work: Coroutine[Any, Any, None]) -> None:
    """Lets a cancellation of `work` through only if its task was asked to end."""
    try:
        await work
    except asyncio.CancelledError as error:
        task = asyncio.current_task()
        if task is not None and task.cancelling():
            raise
        raise StrayCancellation(work) from error


def _forget(task: asyncio.Task[Any]) -> None:
    if not task.cancelled():
        task.exception()
