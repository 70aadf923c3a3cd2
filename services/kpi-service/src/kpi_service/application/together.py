"""What waits is done together: a transaction for all, and not one for each."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

T = TypeVar("T")


class Interrupted(Exception):
    """Who did it together with others was told to stop; nothing of it stands."""


class _Turn(Generic[T]):
    def __init__(self, item: T) -> None:
        self.item = item
        self.done = False
        self.error: Exception | None = None
        self.called = asyncio.Event()
        """It is done, or may lead."""

    def end(self, error: Exception | None) -> None:
        self.done, self.error = True, error
        self.called.set()


class Together(Generic[T]):
    """Of those who come, `at_once` lead at a time: each does what waits, up to `most` by `size`.

    Who comes alone is done alone, at once. Under load a group is the larger the longer the one
    before it takes, so that what a group costs is shared by more.
    """

    def __init__(
        self,
        do: Callable[[Sequence[T]], Awaitable[Sequence[Exception | None]]],
        size: Callable[[T], int],
        *,
        most: int,
        at_once: int,
    ) -> None:
        """`do` gives for each of its items what went wrong with it."""
        self._do = do
        self._size = size
        self._most = most
        self._free = at_once
        self._waiting: deque[_Turn[T]] = deque()

    async def do(self, item: T) -> None:
        """Returns when it is done; raises what went wrong with it, or `Interrupted`."""
        turn = _Turn(item)
        self._waiting.append(turn)
        try:
            while not turn.done:
                if self._free:
                    await self._lead()
                else:
                    turn.called.clear()
                    await turn.called.wait()
        finally:
            if turn in self._waiting:
                self._waiting.remove(turn)
            self._call_next()
        if turn.error is not None:
            raise turn.error

    async def _lead(self) -> None:
        self._free -= 1
        group = self._next_group()
        errors: Sequence[Exception | None] = [Interrupted() for _ in group]
        try:
            errors = await self._do([turn.item for turn in group])
        finally:
            self._free += 1
            for turn, error in zip(group, errors, strict=True):
                turn.end(error)

    def _next_group(self) -> list[_Turn[T]]:
        group = [self._waiting.popleft()]
        size = self._size(group[0].item)
        while self._waiting and (size := size + self._size(self._waiting[0].item)) <= self._most:
            group.append(self._waiting.popleft())
        return group

    def _call_next(self) -> None:
        if self._free and self._waiting:
            self._waiting[0].called.set()
