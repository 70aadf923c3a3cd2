"""Decimal arithmetic with one context, so that a replay on any machine gives the same digits."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from decimal import ROUND_HALF_EVEN, Context, Decimal

SHARE = Decimal("0.000001")
"""Shares (progress, expected progress) are kept to six places."""

ZERO = Decimal(0)
ONE = Decimal(1)
_LARGEST = Decimal(10) ** 18
# Numbers have at most 40 digits: the product of two, and sums of thousands of them, stay exact.
_CONTEXT = Context(prec=100, rounding=ROUND_HALF_EVEN)
_MICROSECOND = timedelta(microseconds=1)


def add(numbers: Iterable[Decimal]) -> Decimal:
    total = ZERO
    for number in numbers:
        total = _CONTEXT.add(total, number)
    return total


def subtract(left: Decimal, right: Decimal) -> Decimal:
    return _CONTEXT.subtract(left, right)


def multiply(left: Decimal, right: Decimal) -> Decimal:
    return _CONTEXT.multiply(left, right)


def divide(dividend: Decimal, divisor: Decimal) -> Decimal:
    return _CONTEXT.divide(dividend, divisor)


def clamp(share: Decimal) -> Decimal:
    return max(ZERO, min(share, ONE))


def rounded(share: Decimal) -> Decimal:
    """To six places, half to even; saturates at +-10^18, what a contract's number can carry."""
    bounded = max(-_LARGEST, min(share, _LARGEST))
    # Adding zero turns a negative zero into zero.
    return _CONTEXT.add(bounded.quantize(SHARE, context=_CONTEXT), ZERO)


def quantized(number: Decimal, places: int) -> Decimal:
    """To so many places, half to even; not beyond what the number says itself."""
    exact = number.normalize(_CONTEXT)
    exponent = exact.as_tuple().exponent
    if isinstance(exponent, int) and exponent < -places:
        exact = exact.quantize(Decimal(1).scaleb(-places), context=_CONTEXT)
    return _CONTEXT.add(Decimal(format(exact, "f")), ZERO)


def microseconds(span: timedelta) -> Decimal:
    return Decimal(span // _MICROSECOND)
