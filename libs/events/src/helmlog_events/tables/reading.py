"""From the bytes of a file to rows of cells by column, one unreadable row at a time."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from helmlog_events.tables.columns import Columns, Header, read_header
from helmlog_events.tables.refusals import (
    CellTooLarge,
    FileEmpty,
    FileNotRows,
    FileNotText,
    QuoteNeverClosed,
    TooManyRows,
)

MOST_ROWS: Final = 100_000


@dataclass(frozen=True, slots=True)
class Rejected:
    """A row that is not taken, with the reason or the rule that refuses it.

    Rows are counted from 1, the header left out.
    """

    row: int
    reason: str | Exception
    column: str | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """A row's cells by column, trimmed; a cell that says nothing is empty."""

    row: int
    cells: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Table:
    header: Header
    records: tuple[Record, ...]
    rejected: tuple[Rejected, ...]

    @property
    def rows(self) -> int:
        return len(self.records) + len(self.rejected)


def read_csv(body: bytes, columns: Columns, mapping: dict[str, str]) -> Table:
    """RFC 4180 in UTF-8, with or without a byte order mark; the first line names the columns.

    Rows without any text are let be, though they count. Raises the refusals of files.
    """
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FileNotText(error.start) from error
    # Strict: the reader is to say that a quote is never closed, not to swallow the rest.
    lines = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows = _lines(lines)
    headings = next(rows, None)
    if isinstance(headings, Rejected):
        raise FileNotRows(str(headings.reason))
    if headings is None or not any(heading.strip() for heading in headings):
        raise FileEmpty
    header = read_header(headings, columns, mapping)
    return _table(header, (_record(line, row, header) for row, line in enumerate(rows, 1)))


def read_json(document: Any, columns: Columns, mapping: dict[str, str]) -> Table:
    """An array of objects whose members are the columns. Raises the refusals of files."""
    if not isinstance(document, list):
        raise FileNotRows("an array of objects is expected")
    names = dict.fromkeys(name for item in document if isinstance(item, dict) for name in item)
    if not names:
        raise FileEmpty
    header = read_header(list(names), columns, mapping)
    of_name = dict(zip(names, header.columns, strict=True))
    return _table(header, (_object(item, row, of_name) for row, item in enumerate(document, 1)))


def _table(header: Header, found: Iterator[Record | Rejected | None]) -> Table:
    records: list[Record] = []
    rejected: list[Rejected] = []
    for one in found:
        if isinstance(one, Record):
            records.append(one)
        elif one is not None:
            rejected.append(one)
        if len(records) + len(rejected) > MOST_ROWS:
            raise TooManyRows(MOST_ROWS)
    if not records and not rejected:
        raise FileEmpty
    return Table(header, tuple(records), tuple(rejected))


def _lines(lines: Any) -> Iterator[list[str] | Rejected]:
    for row in range(MOST_ROWS + 2):
        try:
            yield next(lines)
        except StopIteration:
            return
        except csv.Error as error:
            reason = str(error)
            if "unexpected end" in reason:
                raise QuoteNeverClosed(row) from error
            if "field limit" in reason:
                raise CellTooLarge(row) from error
            yield Rejected(row, f"the row is not CSV: {reason}")


def _record(line: Sequence[str] | Rejected, row: int, header: Header) -> Record | Rejected | None:
    if isinstance(line, Rejected):
        return Rejected(row, line.reason)
    cells = [cell.strip() for cell in line]
    if not any(cells):
        return None
    if len(cells) != len(header.columns):
        return Rejected(row, f"{len(cells)} cells under {len(header.columns)} headings")
    named = zip(header.columns, cells, strict=True)
    return Record(row, {column: cell for column, cell in named if column is not None})


def _object(item: Any, row: int, of_name: Mapping[str, str | None]) -> Record | Rejected:
    if not isinstance(item, dict):
        return Rejected(row, "the row is not an object")
    cells: dict[str, str] = {}
    for name, value in item.items():
        column = of_name[name]
        if column is None:
            continue
        if isinstance(value, bool | list | dict):
            return Rejected(row, "a text, a number or null is expected", column)
        cells[column] = "" if value is None else str(value).strip()
    return Record(row, {column: cells.get(column, "") for column in of_name.values() if column})
