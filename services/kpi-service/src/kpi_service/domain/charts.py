"""A chart's buckets: all of one length, so many that they can be looked at."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count, pairwise
from typing import Final

from kpi_service.domain.kpi.refusals import Refusal
from kpi_service.domain.periods import Span

MOST_POINTS: Final = 5_000
ORIGIN: Final = datetime(1, 1, 1, tzinfo=UTC)
"""Where buckets are counted from: a Monday, so that those of whole weeks begin on one."""

END: Final = datetime.max.replace(tzinfo=UTC)
_LENGTHS: Final = (
    *(timedelta(seconds=length) for length in (1, 2, 5, 10, 15, 30)),
    *(timedelta(minutes=length) for length in (1, 2, 5, 10, 15, 30)),
    *(timedelta(hours=length) for length in (1, 2, 3, 6, 12)),
    *(timedelta(days=length) for length in (1, 2, 7, 14)),
)


class ChartTooFine(Refusal):
    """More buckets than a chart may have."""

    def __init__(self, points: int) -> None:
        super().__init__(f"that makes {points} points, and a chart has at most {MOST_POINTS}")
        self.points = points


def bucket_for(since: datetime, before: datetime, points: int) -> timedelta:
    """The shortest round length by which `since..before` touches no more than `points` buckets.

    From two weeks on each is twice as long as the one before. `points` is at least 1.
    """
    return next(one for one in _lengths() if _touched(one, since, before) <= points)


def buckets(length: timedelta, since: datetime, before: datetime) -> list[Span]:
    """Those that `since..before` touches, in order. Raises `ChartTooFine`."""
    points = _touched(length, since, before)
    if points > MOST_POINTS:
        raise ChartTooFine(points)
    first = (since - ORIGIN) // length
    edges = [_edge(length, first + place) for place in range(points + 1)]
    return [Span(*edge) for edge in pairwise(edges)]


def _lengths() -> Iterator[timedelta]:
    yield from _LENGTHS
    for power in count(1):
        yield _LENGTHS[-1] * 2**power


def _touched(length: timedelta, since: datetime, before: datetime) -> int:
    if since >= before:
        return 0
    # Rounded up: negated twice around a division that rounds down.
    return -((ORIGIN - before) // length) - (since - ORIGIN) // length


def _edge(length: timedelta, place: int) -> datetime:
    try:
        return ORIGIN + place * length
    except OverflowError:
        return END
