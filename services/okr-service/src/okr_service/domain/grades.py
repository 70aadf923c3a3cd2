"""Grades go from 0 to 1: suggested from progress, shown in bands."""

from __future__ import annotations

from decimal import Decimal
from typing import Final, Literal

from okr_service.domain.arithmetic import clamp, rounded

Band = Literal["red", "yellow", "green"]

YELLOW_FROM: Final = Decimal("0.4")
GREEN_FROM: Final = Decimal("0.7")


def suggest_grade(progress: Decimal) -> Decimal:
    """What progress comes to at the close: itself, within 0..1, six places."""
    return rounded(clamp(progress))


def band_of(grade: Decimal) -> Band:
    """Half-open: [0, 0.4) red, [0.4, 0.7) yellow, [0.7, 1] green."""
    if grade < YELLOW_FROM:
        return "red"
    return "yellow" if grade < GREEN_FROM else "green"
