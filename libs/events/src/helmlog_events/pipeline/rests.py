from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence

from helmlog_events.pipeline.protocols import Due


class Rests:
    """How long each timer that went off is left alone, though it is still listed as due.

    Either the read model has not heard of it yet, or it failed: both are tried again, at growing
    intervals. Seconds.
    """

    def __init__(self, first: float, longest: float = 60.0) -> None:
        self._first = first
        self._longest = longest
        self._resting: dict[Due, tuple[float, float]] = {}

    def __len__(self) -> int:
        return len(self._resting)

    def rest(self, due: Due) -> None:
        """Leaves it alone, twice as long as the last time."""
        _, before = self._resting.get(due, (0.0, 0.0))
        pause = min(before * 2, self._longest) if before else self._first
        self._resting[due] = (asyncio.get_running_loop().time() + pause, pause)

    def over(self, due: Due) -> bool:
        return self._remaining(due) <= 0

    def remaining(self, listed: Sequence[Due]) -> Iterator[float]:
        """For each of those that rest, how long still."""
        return (self._remaining(due) for due in listed if due in self._resting)

    def forget_done(self, listed: Sequence[Due], *, complete: bool) -> None:
        """Forgets those that are due no more: missing in a list that would have shown them."""
        if not self._resting:
            return
        shown = set(listed)
        self._resting = {
            due: rest
            for due, rest in self._resting.items()
            if due in shown or (not complete and due.at >= listed[-1].at)
        }

    def _remaining(self, due: Due) -> float:
        until, _ = self._resting.get(due, (0.0, 0.0))
        return until - asyncio.get_running_loop().time()
