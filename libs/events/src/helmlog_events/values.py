"""Value types of every contract: decimals and instants that replay to the same digits."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any, Final

from pydantic import GetCoreSchemaHandler
from pydantic_core import core_schema as cs

from helmlog_events.clock import rfc3339

MAX_DIGITS = 40
MAX_PLACES = 20
_DATE_AND_TIME: Final = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:")


def plain(value: Decimal) -> str:
    """A decimal in positional notation, its digits kept: `1E+3` is `1000`, `2.50` stays."""
    return format(value, "f")


def _number_or_text(value: object) -> object:
    # A JSON float arrives as the nearest binary double; its shortest text is what was written.
    if isinstance(value, bool):
        raise ValueError("a number or a string of digits is expected")  # noqa: TRY004 - pydantic reports it
    return repr(value) if isinstance(value, float) else value


def _rfc3339_or_datetime(value: object) -> object:
    # pydantic would take numbers, as text too, for seconds or milliseconds since 1970: a guess.
    if isinstance(value, datetime) or (isinstance(value, str) and _DATE_AND_TIME.match(value)):
        return value
    raise ValueError("an RFC 3339 instant is expected")


def _utc(value: datetime) -> datetime:
    try:
        return value.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("the instant lies outside the years 1 to 9999 in UTC") from error


class _Number:
    def __get_pydantic_core_schema__(self, _: Any, __: GetCoreSchemaHandler) -> cs.CoreSchema:
        decimal = cs.decimal_schema(
            allow_inf_nan=False, max_digits=MAX_DIGITS, decimal_places=MAX_PLACES
        )
        return cs.json_or_python_schema(
            json_schema=decimal,
            python_schema=cs.no_info_before_validator_function(_number_or_text, decimal),
            serialization=cs.plain_serializer_function_ser_schema(
                plain, return_schema=cs.str_schema(), when_used="json"
            ),
        )


class _Instant:
    def __get_pydantic_core_schema__(self, _: Any, __: GetCoreSchemaHandler) -> cs.CoreSchema:
        moment = cs.datetime_schema(tz_constraint="aware")
        return cs.json_or_python_schema(
            json_schema=moment,
            python_schema=cs.chain_schema(
                [
                    cs.no_info_before_validator_function(_rfc3339_or_datetime, moment),
                    cs.no_info_plain_validator_function(_utc),
                ]
            ),
            serialization=cs.plain_serializer_function_ser_schema(
                rfc3339, return_schema=cs.str_schema(), when_used="json"
            ),
        )


# Both are checked for guesses where people write them, which is Python mode: a body is JSON decoded
# before. In JSON mode they only come out of the log, spelled by us, and by the million.
Number = Annotated[Decimal, _Number()]
"""An exact decimal, |v| < 10^20, up to 20 places; a string in JSON. No NaN, no infinities."""

Instant = Annotated[datetime, _Instant()]
"""A moment with offset, kept as UTC, to the microsecond."""
