"""When a reading may have been observed, and how its text is read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from kpi_service.application.refused import RowRefused

_SHORTEST = len("2014-07-01T00:00:00Z")


@dataclass(frozen=True, slots=True)
class Window:
    """Readings from `oldest` on, and up to `future` ahead of the clock, are taken."""

    oldest: datetime
    future: timedelta

    def at(self, now: datetime) -> tuple[datetime, datetime]:
        return self.oldest, now + self.future


def read_instant(text: object, oldest: datetime, newest: datetime) -> datetime:
    """RFC 3339 with an offset, as UTC; more than six decimals are cut. Raises `RowRefused`."""
    if type(text) is not str:
        raise RowRefused("observed_at is missing or no text")
    if (
        len(text) < _SHORTEST
        or text[4] != "-"
        or text[7] != "-"  # which a week's date has elsewhere
        or text[13] != ":"
        or text[16] != ":"
        or "\x00" in text  # where fromisoformat would stop reading
    ):
        raise RowRefused(f"observed_at {text[:40]!r} is not an RFC 3339 instant with an offset")
    try:
        moment = datetime.fromisoformat(text)
        # Without an offset, astimezone would take it for the machine's own time.
        if moment.tzinfo is not UTC and moment.tzinfo is not None:
            moment = moment.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise RowRefused(f"observed_at {text[:40]!r} is no instant of the calendar") from error
    if moment.tzinfo is None:
        raise RowRefused(f"observed_at {text[:40]!r} has no offset")
    if moment < oldest:
        raise RowRefused(f"observed_at {text[:40]} lies before {oldest.isoformat()}")
    if moment > newest:
        raise RowRefused(f"observed_at {text[:40]} lies too far ahead, after {newest.isoformat()}")
    return moment
