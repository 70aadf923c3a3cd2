from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Cut:
    """Which facts count: those true by `valid_at` and recorded up to `up_to_seq`; none: all.

    `known_at` is the time that `up_to_seq` stands for, for facts of other logs.
    `moment` is when progress and status are judged, before the cycle's clock bounds it.
    """

    moment: datetime
    valid_at: datetime | None = None
    up_to_seq: int | None = None
    known_at: datetime | None = None
