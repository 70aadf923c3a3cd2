"""From floats back to decimals, with as many digits as mean something."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from math import floor, isfinite, log10
from typing import Final

_DIGITS: Final = 6
_MOST_PLACES: Final = 12


@dataclass(frozen=True, slots=True)
class Rounding:
    """To the same number of decimal places for all that is of one unit."""

    places: int

    @classmethod
    def of(cls, greatest: float) -> Rounding:
        """Six digits of the number with the greatest magnitude."""
        magnitude = floor(log10(greatest)) if greatest > 0 and isfinite(greatest) else 0
        return cls(min(max(_DIGITS - 1 - magnitude, 0), _MOST_PLACES))

    def __call__(self, number: float) -> Decimal:
        return Decimal(f"{number:.{self.places}f}") + 0

    def finer(self, by: int) -> Rounding:
        return Rounding(min(self.places + by, _MOST_PLACES))


SHARE: Final = Rounding(4)
"""Of shares, strengths and ratios."""
CHANCE: Final = Rounding(3)
