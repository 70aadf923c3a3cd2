from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any, cast

from kpi_service.application.formats.lines import Line
from kpi_service.application.formats.unreadable import BodyUnreadable
from kpi_service.application.refused import RowRefused

MOST_LINES = 20
"""That a row may go over, by line breaks in its quoted fields.

Where a quote is never closed, a row would take all the others with it.
"""
_ENDLESS = f"the line is not CSV: a quote is not closed within {MOST_LINES} lines"
_REQUIRED = ("kpi", "observed_at", "value")
_OPTIONAL = ("source", "id")


class CSVRows:
    """A header line that names the columns, in any order; other columns are let be.

    A row that can't be taken apart is refused by itself: reading goes on with the next line.
    """

    def __init__(self) -> None:
        self._columns: list[tuple[str, int]] | None = None
        self._carried: list[str] = []  # lines of a row that has not ended

    def parse(self, lines: Sequence[Line], *, last: bool) -> list[Any]:
        """Raises `BodyUnreadable` when there is no header line, or it lacks a column."""
        records: list[list[str] | RowRefused] = []
        for is_refused, run in groupby(lines, _is_refused):
            if is_refused:
                records.extend(self._records((), last=True))
                records.extend(cast("Iterable[RowRefused]", run))
            else:
                records.extend(self._records(cast("Iterable[bytes]", run), last=False))
        if last:
            records.extend(self._records((), last=True))
        if self._columns is None:
            if not records:
                if last:
                    raise BodyUnreadable("the header line is missing")
                return []
            self._columns = _columns(records.pop(0))
        columns = self._columns
        # An empty field is an absent one.
        return [
            {name: record[at] for name, at in columns if at < len(record) and record[at]}
            if type(record) is list
            else record
            for record in records
        ]

    def _records(self, lines: Iterable[bytes], *, last: bool) -> list[list[str] | RowRefused]:
        """Carries over the lines of a row that has not ended, unless they are the `last`."""
        waiting = [*self._carried, *map(_text, lines)]
        self._carried = []
        records: list[list[str] | RowRefused] = []
        while waiting:
            reader, used, failure = _Reader(waiting), 0, ""
            try:
                for record in reader.rows:
                    if reader.rows.line_num - used > MOST_LINES:
                        failure = _ENDLESS
                        break
                    used = reader.rows.line_num
                    records.append(record)
            except csv.Error as error:
                within = len(waiting) - used if reader.ran_out else reader.rows.line_num - used
                failure = _ENDLESS if within > MOST_LINES else f"the line is not CSV: {error}"
                if reader.ran_out and within <= MOST_LINES and not last:
                    self._carried = waiting[used:]
                    break
            if not failure:
                break
            records.append(RowRefused(failure))
            waiting = waiting[used + 1 :]
        return records


class _Reader:
    """A CSV reader that tells whether it `ran_out` of lines in the middle of a row."""

    def __init__(self, lines: Sequence[str]) -> None:
        self.ran_out = False
        self.rows = csv.reader(self._running_out(lines), strict=True)

    def _running_out(self, lines: Sequence[str]) -> Iterator[str]:
        yield from lines
        self.ran_out = True


def _columns(header: list[str] | RowRefused) -> list[tuple[str, int]]:
    if isinstance(header, RowRefused):
        raise BodyUnreadable(f"the header line can't be read: {header}")
    names = [name.strip() for name in header]
    if missing := [name for name in _REQUIRED if name not in names]:
        raise BodyUnreadable(f"the header line lacks {', '.join(missing)}")
    return [(name, names.index(name)) for name in (*_REQUIRED, *_OPTIONAL) if name in names]


def _is_refused(line: Line) -> bool:
    return isinstance(line, RowRefused)


def _text(line: bytes) -> str:
    # What is not UTF-8 becomes characters that no field that counts may hold.
    return line.decode("utf-8", "surrogateescape") + "\n"
