"""Breaches beside the windows in which people saw that something was wrong."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import accumulate
from typing import NamedTuple

from kpi_service.domain.backtest.rehearsal import Episode

_PLACES = Decimal("0.0001")


class Window(NamedTuple):
    """Both instants lie in it."""

    starts_at: datetime
    ends_at: datetime


class Verdict(NamedTuple):
    """`delay` is from the window's start to the trigger of the first breach seen in it: none where
    it was missed, zero where that breach was open already.
    """

    window: Window
    breaches: int
    delay: timedelta | None


@dataclass(slots=True)
class Marking:
    """Breaches come in order of time, one at a time: what is kept does not grow with them.

    A breach is in a window when it was open, from its trigger to its end, at any moment of it.
    """

    windows: Sequence[Window]
    alarms: int = 0
    false_alarms: int = 0
    _breaches: list[int] = field(default_factory=list)
    _first: list[datetime | None] = field(default_factory=list)
    _latest_end: list[datetime] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.windows = sorted(self.windows)
        self._breaches = [0] * len(self.windows)
        self._first = [None] * len(self.windows)
        self._latest_end = list(accumulate((one.ends_at for one in self.windows), max))

    def add(self, episode: Episode, ends_at: datetime) -> bool:
        """Whether it is in a window; `ends_at` is where the stretch ends."""
        over = episode.recovered_at or ends_at
        place = bisect_right(self.windows, over, key=_starts_at) - 1
        seen = False
        # Back to where no earlier window reaches as far as the trigger.
        while place >= 0 and self._latest_end[place] >= episode.triggered_at:
            if self.windows[place].ends_at >= episode.triggered_at:
                seen = True
                self._breaches[place] += 1
                if self._first[place] is None:
                    self._first[place] = episode.triggered_at
            place -= 1
        self.alarms += 1
        self.false_alarms += not seen
        return seen

    def verdicts(self) -> list[Verdict]:
        return [
            Verdict(
                window,
                self._breaches[place],
                None if first is None else max(first - window.starts_at, timedelta(0)),
            )
            for place, (window, first) in enumerate(zip(self.windows, self._first, strict=True))
        ]

    @property
    def hits(self) -> int:
        return sum(1 for count in self._breaches if count)

    @property
    def precision(self) -> Decimal | None:
        """Of the breaches, the share in a window; none without a breach."""
        return _share(self.alarms - self.false_alarms, self.alarms)

    @property
    def recall(self) -> Decimal | None:
        """Of the windows, the share with a breach; none without a window."""
        return _share(self.hits, len(self.windows))


def _starts_at(window: Window) -> datetime:
    return window.starts_at


def _share(part: int, whole: int) -> Decimal | None:
    return (Decimal(part) / whole).quantize(_PLACES) if whole else None
