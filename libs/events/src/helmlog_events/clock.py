from __future__ import annotations

from datetime import UTC, datetime


def now() -> datetime:
    """The wall clock in UTC. Only edges call it; the domain is handed its time."""
    return datetime.now(UTC)


def rfc3339(moment: datetime) -> str:
    """An instant as the log writes it: UTC, always six decimals, `Z`.

    One spelling only, because the text is hashed: `2019-11-01T00:00:00.000000Z`.
    """
    return moment.astimezone(UTC).isoformat(timespec="microseconds")[:-6] + "Z"
