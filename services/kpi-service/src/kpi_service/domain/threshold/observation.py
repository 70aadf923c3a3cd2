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
    observed_at: datetime
    value: Decimal
    source: str = ""

    @property
    def place(self) -> Place:
        return self.observed_at, self.source
