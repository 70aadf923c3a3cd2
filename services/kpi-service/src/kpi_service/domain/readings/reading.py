"""A reading, and what the readings table keeps of it. Tuples, because a batch holds thousands."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

DEFAULT_SOURCE = "default"
"""Where a reading that names no source comes from."""

FORMULA_SOURCE = "formula"
"""Where the values of a derived KPI come from: a name that no upstream system can have."""


class Reading(NamedTuple):
    """As it was sent: `kpi` is an id or a slug, `place` its number, from 0, in what it came with.

    `observed_at` is in UTC. Only a derived KPI's formula has no value to send: it withdraws one.
    """

    place: int
    kpi: str
    source: str
    observed_at: datetime
    value: Decimal | None
    external_id: str | None


class StoredReading(NamedTuple):
    """The value of an instant, as of its `revision`: 1, then one more with each correction.

    None where a derived value was withdrawn.
    """

    observed_at: datetime
    revision: int
    value: Decimal | None
    external_id: str | None
