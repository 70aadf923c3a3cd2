"""Values as upstream systems write them, kept digit by digit."""

from __future__ import annotations

import re
from decimal import Decimal

from helmlog_events.values import MAX_DIGITS, MAX_PLACES, plain

from kpi_service.application.refused import RowRefused

_WHOLE_DIGITS = MAX_DIGITS - MAX_PLACES
_PLAIN = re.compile(rf"-?(?:0|[1-9][0-9]{{0,{_WHOLE_DIGITS - 1}}})(?:\.[0-9]{{1,{MAX_PLACES}}})?")
_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?")
_LONGEST = 80


def read_value(raw: object) -> tuple[Decimal, str]:
    """A number, or a text of one; |v| < 10^20 with up to 20 places. Raises `RowRefused`.

    Gives it in positional notation too.
    """
    if type(raw) is str:
        text = raw
    elif type(raw) is int:
        text = str(raw)
    elif type(raw) is float:
        text = repr(raw)  # the shortest text of the double: what the client wrote
    else:
        raise RowRefused("value is missing" if raw is None else "value is not a number")
    if not _PLAIN.fullmatch(text):
        text = plain(_read_unusual(text))
    value = Decimal(text)
    if not value:
        # PostgreSQL knows no negative zero; the digest must not either.
        return value.copy_abs(), text.removeprefix("-")
    return value, text


def _read_unusual(text: str) -> Decimal:
    if len(text) > _LONGEST:
        raise RowRefused(
            f"value has {len(text)} characters; numbers have up to {MAX_DIGITS} digits"
        )
    if not _NUMBER.fullmatch(text):
        raise RowRefused(f"value {text!r} is not a finite number")
    value = Decimal(text)
    _, digits, exponent = value.as_tuple()
    if value and (value.adjusted() >= _WHOLE_DIGITS or len(digits) > MAX_DIGITS):
        raise RowRefused(f"value {text} is not below 10^{_WHOLE_DIGITS}")
    if not isinstance(exponent, int) or exponent < -MAX_PLACES:
        raise RowRefused(f"value {text} has more than {MAX_PLACES} decimal places")
    return value or Decimal(0)
