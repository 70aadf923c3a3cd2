"""JSON, NDJSON and CSV: from a body to rows, one unreadable row at a time."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from typing import Any

import orjson

from kpi_service.application.refused import RowRefused

_REQUIRED = ("kpi", "observed_at", "value")
_OPTIONAL = ("source", "id")


class BodyUnreadable(ValueError):
    """The body is not what its content type says; no row of it can be told from another."""


def rows_of_json(body: bytes) -> list[Any]:
    """An array of readings, or one. Raises `BodyUnreadable`."""
    try:
        content = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise BodyUnreadable(f"the body is not JSON: {error}") from error
    if isinstance(content, dict):
        return [content]
    if not isinstance(content, list):
        raise BodyUnreadable("the body is neither an array of readings nor a reading")
    return content


def rows_of_ndjson(body: bytes) -> list[Any]:
    """A reading a line; empty lines are passed over."""
    return [_line(line) for line in body.splitlines() if line and not line.isspace()]


def rows_of_csv(body: bytes) -> list[Any]:
    """A header line that names the columns, in any order; other columns are let be.

    Raises `BodyUnreadable` when the text is not UTF-8 or a column is missing.
    """
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BodyUnreadable(f"the body is not UTF-8: {error}") from error
    lines = csv.reader(io.StringIO(text, newline=""))
    header = _next_line(lines) or []
    if isinstance(header, RowRefused):
        raise BodyUnreadable(f"the header line can't be read: {header}")
    names = [name.strip() for name in header]
    if missing := [name for name in _REQUIRED if name not in names]:
        raise BodyUnreadable(f"the header line lacks {', '.join(missing)}")
    columns = [(name, names.index(name)) for name in (*_REQUIRED, *_OPTIONAL) if name in names]
    rows: list[Any] = []
    while (line := _next_line(lines)) is not None:
        if isinstance(line, RowRefused):
            rows.append(line)
        elif line:
            # An empty field is an absent one.
            rows.append({name: line[at] for name, at in columns if at < len(line) and line[at]})
    return rows


READERS: dict[str, Callable[[bytes], list[Any]]] = {
    "application/json": rows_of_json,
    "application/x-ndjson": rows_of_ndjson,
    "application/jsonl": rows_of_ndjson,
    "text/csv": rows_of_csv,
}
"""By content type."""


def _line(line: bytes) -> Any:
    try:
        return orjson.loads(line)
    except orjson.JSONDecodeError as error:
        return RowRefused(f"the line is not JSON: {error}")


def _next_line(lines: Any) -> list[str] | RowRefused | None:
    try:
        return next(lines, None)
    except csv.Error as error:
        return RowRefused(f"the line is not CSV: {error}")
