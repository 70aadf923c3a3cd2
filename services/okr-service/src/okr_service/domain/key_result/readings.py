"""The readings of which a share lies in bounds, each with the sums up to it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import chain
from typing import Final, NamedTuple

from okr_service.domain.arithmetic import ONE, ZERO, divide, microseconds, rounded
from okr_service.domain.key_result.measures import StayWithin

_BLOCK: Final = 64
_NONE: Final = timedelta()


class Reading(NamedTuple):
    observed_at: datetime
    value: Decimal


class Tally(NamedTuple):
    """A reading and what it and those before it come to; `time` until it."""

    observed_at: datetime
    value: Decimal
    holds: bool
    number: int
    inside: int
    time: timedelta
    time_inside: timedelta


@dataclass(frozen=True, slots=True)
class Readings:
    """Readings in order, of each moment one, summed up for `band`.

    One more at the end costs the same however many there are: KPIs give them by the thousand, so
    that neither may all be copied (full blocks are shared) nor all be counted.
    """

    band: StayWithin
    blocks: tuple[tuple[Tally, ...], ...] = ()
    newest: tuple[Tally, ...] = ()

    def __iter__(self) -> Iterator[Reading]:
        return (Reading(tally.observed_at, tally.value) for tally in self._tallies())

    def under(self, band: StayWithin) -> Readings:
        """The same readings, summed up for `band`."""
        return self if band == self.band else Readings(band).including(self)

    def including(self, told: Iterable[Reading]) -> Readings:
        """With those told in their places; another value for a known moment replaces it."""
        readings = self
        for reading in sorted(told, key=lambda one: one.observed_at):
            last = readings._last
            if last is not None and reading.observed_at <= last.observed_at:
                return self._anew(told)
            readings = readings._with_next(reading)
        return readings

    def until(self, moment: datetime) -> Tally | None:
        """What has come together by `moment`; none if nothing has."""
        last = self._last
        if last is None or last.observed_at <= moment:
            return last
        tallies = [*self._tallies()]
        place = bisect_right(tallies, moment, key=lambda tally: tally.observed_at)
        return tallies[place - 1] if place else None

    @property
    def _last(self) -> Tally | None:
        # A block is moved away when the next reading comes, so that the newest are never none.
        return self.newest[-1] if self.newest else None

    def _tallies(self) -> Iterator[Tally]:
        return chain(chain.from_iterable(self.blocks), self.newest)

    def _anew(self, told: Iterable[Reading]) -> Readings:
        known = {reading.observed_at: reading for reading in chain(self, told)}
        return Readings(self.band).including(known.values())

    def _with_next(self, reading: Reading) -> Readings:
        tally = _tally(self._last, reading, holds=self.band.holds(reading.value))
        if len(self.newest) < _BLOCK:
            return Readings(self.band, self.blocks, (*self.newest, tally))
        return Readings(self.band, (*self.blocks, self.newest), (tally,))


def share_of_readings(readings: Readings, until: datetime) -> Decimal:
    """The share of readings inside the band, of those by `until` (at least one)."""
    tally = _by(readings, until)
    return rounded(divide(Decimal(tally.inside), Decimal(tally.number)))


def share_of_time(readings: Readings, until: datetime) -> Decimal:
    """The share of time inside the band from the first reading to `until`, not before it.

    A value holds until the next one. Before any time has passed, it is whether the last value lies
    inside.
    """
    inside, whole = time_inside(readings, until)
    if not whole:
        return rounded(ONE if _by(readings, until).holds else ZERO)
    return rounded(divide(microseconds(inside), microseconds(whole)))


def time_inside(readings: Readings, until: datetime) -> tuple[timedelta, timedelta]:
    """The time inside the band and all time, from the first reading to `until`."""
    tally = _by(readings, until)
    rest = until - tally.observed_at
    return tally.time_inside + (rest if tally.holds else _NONE), tally.time + rest


def _by(readings: Readings, until: datetime) -> Tally:
    tally = readings.until(until)
    if tally is None:
        raise ValueError("a share is of one reading at least")
    return tally


def _tally(last: Tally | None, reading: Reading, *, holds: bool) -> Tally:
    if last is None:
        return Tally(*reading, holds, 1, int(holds), _NONE, _NONE)
    span = reading.observed_at - last.observed_at
    return Tally(
        *reading,
        holds,
        last.number + 1,
        last.inside + holds,
        last.time + span,
        last.time_inside + (span if last.holds else _NONE),
    )
