"""The mean of readings, rounded the same everywhere."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Final

from helmlog_events.values import MAX_PLACES

# So many digits that rounding twice can't show: no sum and count are that near to a tie.
_EXACT: Final = Context(prec=120, rounding=ROUND_HALF_EVEN)
_LAST_PLACE: Final = Decimal(1).scaleb(-MAX_PLACES)


def mean(total: Decimal, count: int) -> Decimal:
    """Rounded to 20 places, half to even; without zeros at the end."""
    exact = _EXACT.divide(total, Decimal(count)).quantize(_LAST_PLACE, context=_EXACT)
    return Decimal(0) if exact.is_zero() else exact.normalize(_EXACT)
