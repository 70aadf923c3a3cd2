from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from helmlog_events.contracts.okr import StatusOverride


@dataclass(frozen=True, slots=True)
class Remark:
    """What was said of a key result or an objective by the check-in that is newest."""

    observed_at: datetime
    confidence: int | None
    narrative: str | None
    override: StatusOverride | None


def newer(known: Remark | None, told: Remark) -> Remark:
    """Of two for one moment the one told last."""
    return told if known is None or told.observed_at >= known.observed_at else known


@dataclass(frozen=True, slots=True)
class Grade:
    """0 to 1, as given and as suggested; none for what has no number."""

    grade: Decimal | None
    suggested: Decimal | None
    reason: str | None
    learned: str | None
