"""Where the next page starts: opaque to clients, checked like anything else they send."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Annotated, Any, Final
from uuid import UUID

import orjson
from helmlog_events.values import Instant
from pydantic import AfterValidator, Field, TypeAdapter, ValidationError
from pydantic_core import to_json

from helmlog_web.headers import MAX_BIGINT
from helmlog_web.problems import validation_problem
from helmlog_web.text import is_storable

CursorValue = str | int | UUID | datetime


def _storable(text: str) -> str:
    if not is_storable(text):
        raise ValueError("the text cannot be stored")
    return text


# A cursor's values go into SQL: each type admits what its column can be compared with.
_CHECKED: Final[dict[type, Any]] = {
    str: Annotated[str, AfterValidator(_storable)],
    int: Annotated[int, Field(ge=-MAX_BIGINT - 1, le=MAX_BIGINT)],
    UUID: UUID,
    datetime: Instant,
}


def encode_cursor(values: Sequence[CursorValue]) -> str:
    """The sort key of a page's last item, as text for a URL."""
    return base64.urlsafe_b64encode(to_json(list(values))).rstrip(b"=").decode()


def decode_cursor(cursor: str, *types: type[CursorValue]) -> tuple[Any, ...]:
    """The sort key back, one value for each of `types` (str, int, UUID or datetime).

    Raises a 422 `Problem` for a cursor that this list has not given.
    """
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        values = orjson.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        return _adapter(types).validate_python(values)
    except (ValueError, ValidationError) as error:
        detail = "this is not the next_cursor of a page of this list"
        raise validation_problem([{"in": "query", "name": "cursor", "detail": detail}]) from error


@lru_cache(maxsize=64)
def _adapter(types: tuple[type, ...]) -> TypeAdapter[tuple[Any, ...]]:
    shape: Any = tuple[tuple(_CHECKED[kind] for kind in types)]  # type: ignore[misc]  # built here
    return TypeAdapter(shape)
