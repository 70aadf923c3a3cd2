"""When a KPI is looked at."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple


class Moment(NamedTuple):
    """When, in both times; `at` is what is judged by, now if neither is given.

    `up_to_seq` is where the log ended at `known_at`.
    """

    at: datetime
    valid_at: datetime | None = None
    known_at: datetime | None = None
    up_to_seq: int | None = None

    @property
    def is_now(self) -> bool:
        return self.valid_at is None and self.known_at is None
