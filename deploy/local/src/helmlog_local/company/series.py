"""What a KPI's feed is, wherever it comes from: made up or recorded."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple

Side = Literal["below", "above"]
Aggregation = Literal["last", "sum", "mean"]


class Reading(NamedTuple):
    """`value` is text, digit by digit as its source wrote it; `observed_at` is in UTC."""

    observed_at: datetime
    value: str


class MarkedWindow(NamedTuple):
    """A time in which people saw something wrong; both ends belong to it."""

    begins: datetime
    ends: datetime
    note: str


@dataclass(frozen=True, slots=True)
class Series:
    """One KPI and its readings in the order in which they arrive.

    That order is not the order of `observed_at`: feeds repeat themselves, mix up rows, come late
    and correct what they said. `watched` says on which sides a value can be bad, `cadence` is an
    ISO 8601 duration, `owner` a role, `aggregation` what makes one value of a day's or month's.
    """

    slug: str
    name: str
    definition: str
    unit: str
    direction: Literal["up", "down", "within"]
    type: Literal["financial", "operational", "strategic"]
    level: Literal["company", "department", "project"]
    owner: str
    cadence: str
    watched: frozenset[Side]
    readings: Sequence[Reading]
    windows: Sequence[MarkedWindow]
    aggregation: Aggregation = "mean"

    @property
    def first_observed_at(self) -> datetime:
        return min(reading.observed_at for reading in self.readings)

    @property
    def last_observed_at(self) -> datetime:
        return max(reading.observed_at for reading in self.readings)


class Tally(NamedTuple):
    """What a feed comes to when each instant keeps its last value.

    Every reading is one of the three: of a new instant, another value for a known one, or the
    value that was known already.
    """

    instants: int
    corrected: int
    duplicates: int


def tally(readings: Sequence[Reading]) -> Tally:
    known: dict[datetime, str] = {}
    corrected = duplicates = 0
    for observed_at, value in readings:
        before = known.get(observed_at)
        if before == value:
            duplicates += 1
            continue
        corrected += before is not None
        known[observed_at] = value
    return Tally(len(known), corrected, duplicates)
