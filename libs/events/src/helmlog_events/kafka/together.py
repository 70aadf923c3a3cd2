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
    """Of those who come one leads at a time, and does what waits: up to `most`, by `size`. While as
    much as that waits, up to `at_once` lead.

    Who comes alone is done alone, at once. Under load a group is the larger the longer the one
    before it takes, so that what a group costs is shared by more; those of the one before get
    `moment` seconds to come again. Each is told what became of its own.
    """

    def __init__(
        self,
        do: Callable[[Sequence[T]], Awaitable[None]],
        size: Callable[[T], int],
        *,
        apart: Callable[[Exception], bool],
        most: int,
        at_once: int,
        moment: float = 0.002,
    ) -> None:
        """`apart` says whether, after that error of several, each is to be done alone."""
        self._do = do
        self._size = size
        self._apart = apart
        self._most = most
        self._at_once = at_once
        self._moment = moment
        self._leading = 0
        self._gathering = 0
        """Of those who lead: the ones that have not taken what waits yet."""
        self._waiting: deque[_Turn[T]] = deque()

    async def do(self, item: T) -> None:
        """Returns when it is done; raises what went wrong with it, or `Interrupted`."""
        turn, pause = _Turn(item), 0.0
        self._waiting.append(turn)
        try:
            while not turn.done:
                if self._has_room:
                    await self._lead(pause)
                else:
                    turn.called.clear()
                    await turn.called.wait()
                    pause = self._moment
        finally:
            if turn in self._waiting:
                self._waiting.remove(turn)
            self._call_next()
        if turn.error is not None:
            raise turn.error

    @property
    def _has_room(self) -> bool:
        if not self._leading:
            return True
        waits = sum(self._size(turn.item) for turn in self._waiting)
        return self._leading < self._at_once and waits >= self._most * (self._gathering + 1)

    async def _lead(self, pause: float) -> None:
        self._leading += 1
        group: list[_Turn[T]] = []
        errors: Sequence[Exception | None] = []
        try:
            self._gathering += 1
            try:
                await asyncio.sleep(pause)
            finally:
                self._gathering -= 1
            group = self._next_group()
            errors = [Interrupted() for _ in group]
            self._call_next()
            if group:
                errors = await self._settle([turn.item for turn in group])
        finally:
            self._leading -= 1
            for turn, error in zip(group, errors, strict=True):
                turn.end(error)

    async def _settle(self, items: Sequence[T]) -> Sequence[Exception | None]:
        """Of each what went wrong with it."""
        try:
            await self._do(items)
        except Exception as error:  # noqa: BLE001 - it is raised where it belongs
            if len(items) > 1 and self._apart(error):
                return [(await self._settle([item]))[0] for item in items]
            return [error] * len(items)
        return [None] * len(items)

    def _next_group(self) -> list[_Turn[T]]:
        """Empty, if another leader took what waited."""
        group: list[_Turn[T]] = []
        size = 0
        while self._waiting:
            size += self._size(self._waiting[0].item)
            if group and size > self._most:
                break
            group.append(self._waiting.popleft())
        return group

    def _call_next(self) -> None:
        if self._waiting and self._has_room:
            self._waiting[0].called.set()
