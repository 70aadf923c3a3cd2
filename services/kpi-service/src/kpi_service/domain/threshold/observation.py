"""A reading, or a period's value, as far as thresholds go, and its place among the others."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

Place = tuple[datetime, str]
"""`(observed_at, source)`: the order in which a KPI's observations are judged, however they came.

Sources are ordered by code point.
"""


class Observation(NamedTuple):
    """A period's value is observed at the period's end, and comes from no source.

    `since` is the first reading after the observation before, where that came earlier than this
    one: silence ended there.
    """

    observed_at: datetime
    value: Decimal
    source: str = ""
    since: datetime | None = None

    @property
    def place(self) -> Place:
        return self.observed_at, self.source
