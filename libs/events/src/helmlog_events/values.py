"""Value types of every contract: decimals and instants that replay to the same digits."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BeforeValidator, Field, PlainSerializer

from helmlog_events.clock import rfc3339

MAX_DIGITS = 40
MAX_PLACES = 20


def plain(value: Decimal) -> str:
    """A decimal in positional notation, its digits kept: `1E+3` is `1000`, `2.50` stays."""
    return format(value, "f")


def _number_or_text(value: object) -> object:
    # A JSON float arrives as the nearest binary double; its shortest text is what the client wrote.
    if isinstance(value, bool):
        raise ValueError("a number or a string of digits is expected")  # noqa: TRY004 - pydantic reports it
    return repr(value) if isinstance(value, float) else value


def _text_or_datetime(value: object) -> object:
    # pydantic would take a number for seconds, or milliseconds, since 1970: a guess.
    if not isinstance(value, str | datetime):
        raise ValueError("an RFC 3339 instant is expected")  # noqa: TRY004 - pydantic reports it
    return value


def _utc(value: datetime) -> datetime:
    try:
        return value.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("the instant lies outside the years 1 to 9999 in UTC") from error


Number = Annotated[
    Decimal,
    BeforeValidator(_number_or_text),
    Field(allow_inf_nan=False, max_digits=MAX_DIGITS, decimal_places=MAX_PLACES),
    PlainSerializer(plain, return_type=str, when_used="json"),
]
"""An exact decimal, |v| < 10^20, up to 20 places; a string in JSON. No NaN, no infinities."""

Instant = Annotated[
    AwareDatetime,
    BeforeValidator(_text_or_datetime),
    AfterValidator(_utc),
    PlainSerializer(rfc3339, return_type=str, when_used="json"),
]
"""A moment with offset, kept as UTC, to the microsecond."""
