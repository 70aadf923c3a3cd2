"""A cycle's course in time: its dates, its clock, and how far it should have come."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import cache, cached_property
from zoneinfo import ZoneInfo, available_timezones

from okr_service.domain.arithmetic import clamp, divide, microseconds, rounded

_INSTANT = timedelta(microseconds=1)


@cache
def _timezones() -> frozenset[str]:
    return frozenset(available_timezones())


def is_timezone(name: str) -> bool:
    """Whether `name` is in the IANA database, as "Europe/Berlin" is."""
    return name in _timezones()


@dataclass(frozen=True)
class Course:
    """From the first moment of `starts_on` to the last of `ends_on`, both in `timezone`.

    The clock of a cycle runs from its start to its end and stands still outside: nobody owes a
    check-in after the end, and a cycle backfilled years later is judged as it ended.
    """

    starts_on: date
    ends_on: date
    timezone: str

    @cached_property
    def starts_at(self) -> datetime:
        return self._midnight(self.starts_on)

    @cached_property
    def ends_at(self) -> datetime:
        """The first moment after the cycle."""
        return self.end_of(self.ends_on)

    @cached_property
    def year_before_start(self) -> datetime:
        """The first moment of the same day a year earlier; of 28 February for a leap day."""
        first = self.starts_on
        day = min(first.day, monthrange(first.year - 1, first.month)[1])
        return self._midnight(first.replace(year=first.year - 1, day=day))

    @cached_property
    def last_moment(self) -> datetime:
        return self.ends_at - _INSTANT

    def end_of(self, day: date) -> datetime:
        """The first moment after `day`."""
        return self._midnight(day + timedelta(days=1))

    def contains(self, moment: datetime) -> bool:
        return self.starts_at <= moment < self.ends_at

    def clock(self, moment: datetime) -> datetime:
        """What the cycle's clock shows at `moment`."""
        return max(self.starts_at, min(moment, self.last_moment))

    def days_left(self, moment: datetime) -> int:
        """Days until the cycle is over, the one it is in the cycle's timezone counted as well."""
        if moment >= self.ends_at:
            return 0
        today = self.clock(moment).astimezone(ZoneInfo(self.timezone)).date()
        return (self.ends_on - today).days + 1

    def elapsed(self, moment: datetime) -> Decimal:
        """The share of the cycle that has passed: 0 at its start, 1 at its end. Six places."""
        passed = microseconds(self.clock(moment) - self.starts_at)
        whole = microseconds(self.ends_at - self.starts_at)
        return rounded(clamp(divide(passed, whole)))

    def defined_at(self, now: datetime) -> datetime:
        """Since when a definition made `now` holds: a plan is about its whole cycle."""
        return min(now, self.starts_at)

    def begun_at(self, now: datetime) -> datetime:
        """Since when a step made `now` holds; in a cycle long over it is told afterwards."""
        return now if now < self.ends_at else self.starts_at

    def ended_at(self, now: datetime) -> datetime:
        """Since when a closing step made `now` holds: at the latest since the cycle's end."""
        return min(now, self.last_moment)

    def expected_progress(self, moment: datetime) -> Decimal:
        """Linear over the cycle. A share, six places."""
        return self.elapsed(moment)

    def _midnight(self, day: date) -> datetime:
        return datetime.combine(day, time.min, ZoneInfo(self.timezone)).astimezone(UTC)
