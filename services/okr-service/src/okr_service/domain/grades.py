"""Grades from 0 to 1: what progress suggests, and the bands they are read in."""

from __future__ import annotations

from decimal import Decimal
from typing import Final, Literal

from okr_service.domain.arithmetic import clamp, quantized, rounded

Band = Literal["red", "yellow", "green"]

YELLOW_FROM: Final = Decimal("0.4")
GREEN_FROM: Final = Decimal("0.7")
_FEWEST_PLACES: Final = 2


def suggest_grade(progress: Decimal) -> Decimal:
    """What was reached of the target, 0 to 1, six places.

    Commit and stretch change what is expected of a grade, not the grade.
    """
    return rounded(clamp(progress))


def agrees(grade: Decimal, suggested: Decimal | None) -> bool:
    """Whether `grade` is the suggestion, as exactly as it is told: 0.38 is 0.384615, 0.4 is not.

    Two places are the least: a rounder grade would be another one, and needs its reason.
    """
    if suggested is None:
        return False
    exponent = grade.as_tuple().exponent
    places = -exponent if isinstance(exponent, int) else 0
    return quantized(suggested, max(places, _FEWEST_PLACES)) == grade


def band_of(grade: Decimal) -> Band:
    """[0, 0.4) red, [0.4, 0.7) yellow, [0.7, 1] green."""
    if grade < YELLOW_FROM:
        return "red"
    return "yellow" if grade < GREEN_FROM else "green"
