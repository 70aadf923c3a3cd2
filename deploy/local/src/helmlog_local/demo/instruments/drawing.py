"""A course as a line of characters, as wide as its points are many."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import pairwise
from typing import Any, Final

_LEVELS: Final = "▁▂▃▄▅▆▇█"
_ABSENT: Final = " "


@dataclass(frozen=True, slots=True)
class Line:
    """`lowest` and `highest` are of all readings, the line is of the buckets' means."""

    drawn: str
    lowest: Decimal
    highest: Decimal


def line_of(chart: Any) -> Line | None:
    """None without readings. `chart` is as kpi-service gives it."""
    points = chart["items"]
    if not points:
        return None
    return Line(
        drawn=draw(list(_evenly(points))),
        lowest=min(Decimal(point["min"]) for point in points),
        highest=max(Decimal(point["max"]) for point in points),
    )


def draw(values: Sequence[Decimal | None]) -> str:
    """A character each, the lowest value at the bottom; a blank where there is none."""
    told = [value for value in values if value is not None]
    if not told:
        return _ABSENT * len(values)
    low, height = min(told), max(told) - min(told)
    return "".join(_ABSENT if one is None else _level(one - low, height) for one in values)


def _level(above: Decimal, height: Decimal) -> str:
    """A course that never moves lies in the middle."""
    if not height:
        return _LEVELS[len(_LEVELS) // 2 - 1]
    return _LEVELS[min(int(above / height * len(_LEVELS)), len(_LEVELS) - 1)]


def _evenly(points: Sequence[Any]) -> Iterator[Decimal | None]:
    """The mean of each bucket; buckets without readings are not in a chart, but in a line."""
    begins = [datetime.fromisoformat(point["starts_at"]) for point in points]
    length = min((after - before for before, after in pairwise(begins)), default=None)
    for place, point in enumerate(points):
        if place and length is not None:
            missing = round((begins[place] - begins[place - 1]) / length) - 1
            yield from [None] * missing
        yield Decimal(point["mean"])
