"""How refusals of imports and the catalogue look over HTTP."""

from __future__ import annotations

from typing import Final

from helmlog_web.problems import Refusals

from okr_service.api.errors.refused import refused
from okr_service.domain.catalogue import refusals as catalogue
from okr_service.domain.imports import refusals as imports

REFUSALS: Final[Refusals] = {
    imports.UnknownImport: refused("unknown-import", "There is no such import", "{}", status=404),
    imports.FileNotText: refused(
        "file-not-text", "The file is not UTF-8", "byte {} cannot be read"
    ),
    imports.FileNotRows: refused("file-not-rows", "The file holds no rows", "{}"),
    imports.FileEmpty: refused("file-empty", "There is no row below a header"),
    imports.TooManyRows: refused(
        "too-many-rows", "The file has too many rows", "{} are read", status=413
    ),
    imports.QuoteNeverClosed: refused(
        "quote-never-closed", "A quoted cell never ends", "it begins in row {}"
    ),
    imports.CellTooLarge: refused("cell-too-large", "A cell is too large to be read", "row {}"),
    imports.ColumnsMissing: refused("columns-missing", "Columns are missing", "{}"),
    imports.ColumnTwice: refused("column-twice", "A column is there twice", "{}"),
    imports.MappingUnreadable: refused("mapping-unreadable", "A mapping is heading:column", "{}"),
    imports.HeadingUnknown: refused("heading-unknown", "The file has no such heading", "{}"),
    catalogue.UnknownExample: refused(
        "unknown-example", "The catalogue has no such example", "{}", status=404
    ),
    catalogue.UnknownExampleKeyResult: refused(
        "unknown-example-key-result",
        "The example has no such key result",
        "{}",
        pointer="overrides",
    ),
}
