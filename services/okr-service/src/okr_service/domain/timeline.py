"""What held since when, whatever order it was told in."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Generic, TypeVar

T = TypeVar("T")

FOR_EVER: Final = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Timeline(Generic[T]):
    """Moments in their order, each with what holds from it until the next."""

    moments: tuple[datetime, ...] = ()
    told: tuple[T, ...] = ()

    def at(self, moment: datetime) -> T | None:
        """None before the first."""
        place = bisect_right(self.moments, moment)
        return self.told[place - 1] if place else None

    def with_told(self, since: datetime, value: T) -> Timeline[T]:
        """With one more in its place; what is told again of a moment replaces what was."""
        place = bisect_left(self.moments, since)
        known = place < len(self.moments) and self.moments[place] == since
        return Timeline(
            (*self.moments[:place], since, *self.moments[place + known :]),
            (*self.told[:place], value, *self.told[place + known :]),
        )

    def next_after(self, moment: datetime) -> datetime:
        """When something else may hold; `FOR_EVER` if nothing was told of later moments."""
        place = bisect_right(self.moments, moment)
        return self.moments[place] if place < len(self.moments) else FOR_EVER

    def spans(self, start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime, T]]:
        """From when to when each holds, of what holds between `start` and `end`."""
        while start < end:
            until = min(self.next_after(start), end)
            value = self.at(start)
            if value is not None:
                yield start, until, value
            start = until
