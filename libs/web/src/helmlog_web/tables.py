"""Files of rows over HTTP: how they are read, and how those that are refused look."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import orjson
from fastapi import Request
from helmlog_events.tables import refusals as tables
from helmlog_events.tables.columns import Columns, parse_mapping
from helmlog_events.tables.reading import Table, read_csv, read_json

from helmlog_web.problems import Problem, Refusals


def read_table(request: Request, body: bytes, columns: Columns, mapping: Sequence[str]) -> Table:
    """The rows of a CSV or JSON body, by its content type; `mapping` as in `parse_mapping`.

    Raises a `TableRefused`, or a 415 `Problem`.
    """
    content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    named = parse_mapping(",".join(mapping), columns)
    match content_type:
        case "text/csv":
            return read_csv(body, columns, named)
        case "application/json":
            # The gate has refused what is not JSON, but lets no body at all through.
            return read_json(orjson.loads(body) if body else None, columns, named)
    raise Problem(
        415,
        "unsupported-media-type",
        "Rows come as CSV or as JSON",
        "Content-Type is text/csv or application/json.",
    )


@dataclass(frozen=True, slots=True)
class _Refused:
    """`facts` quotes the refusal's arguments; `parameter` is what broke the rule, if one did."""

    type_slug: str
    title: str
    facts: str | None = None
    parameter: str | None = None
    status: int = 422

    def __call__(self, refusal: tables.TableRefused) -> Problem:
        facts = None if self.facts is None else self.facts.format(*refusal.args)
        detail = self.title if facts is None else f"{self.title}: {facts}"
        told = {"in": "query", "name": self.parameter, "detail": detail}
        errors = [] if self.parameter is None else [told]
        return Problem(self.status, self.type_slug, self.title, detail, errors)


TABLE_REFUSALS: Final[Refusals] = {
    tables.FileNotText: _Refused(
        "file-not-text", "The file is not UTF-8", "byte {} cannot be read"
    ),
    tables.FileNotRows: _Refused("file-not-rows", "The file holds no rows", "{}"),
    tables.FileEmpty: _Refused("file-empty", "There is no row below a header"),
    tables.TooManyRows: _Refused(
        "too-many-rows", "The file has too many rows", "{} are read", status=413
    ),
    tables.QuoteNeverClosed: _Refused(
        "quote-never-closed", "A quoted cell never ends", "it begins in row {}"
    ),
    tables.CellTooLarge: _Refused("cell-too-large", "A cell is too large to be read", "row {}"),
    tables.ColumnsMissing: _Refused("columns-missing", "Columns are missing", "{}"),
    tables.ColumnTwice: _Refused("column-twice", "A column is there twice", "{}"),
    tables.MappingUnreadable: _Refused(
        "mapping-unreadable", "A mapping is heading:column", "{}", parameter="map"
    ),
    tables.HeadingUnknown: _Refused(
        "heading-unknown", "The file has no such heading", "{}", parameter="map"
    ),
}
