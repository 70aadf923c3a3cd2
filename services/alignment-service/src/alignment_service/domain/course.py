"""A cycle's course in time, as far as links and risks ask for it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

_INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Course:
    """`ends_at` is the first moment after the cycle."""

    starts_at: datetime
    ends_at: datetime

    @property
    def last_moment(self) -> datetime:
        return self.ends_at - _INSTANT


def create_course(starts_on: date, ends_on: date, timezone: str) -> Course:
    """From the first moment of `starts_on` to the last of `ends_on`, both in `timezone`."""
    return Course(_midnight(starts_on, timezone), _midnight(ends_on + timedelta(days=1), timezone))


def linked_at(now: datetime, source: Course, target: Course) -> datetime:
    """Since when a link made `now` holds: a plan is about the whole time both its ends share."""
    return min(now, max(source.starts_at, target.starts_at))


def unlinked_at(now: datetime, target: Course, since: datetime) -> datetime:
    """Since when a link that holds `since` no longer does: at the latest since the cycle's end."""
    return max(since, min(now, target.last_moment))


def _midnight(day: date, timezone: str) -> datetime:
    return datetime.combine(day, time.min, ZoneInfo(timezone)).astimezone(UTC)
