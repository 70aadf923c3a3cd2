"""The columns a reader of files understands, and other headings mapped to them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from helmlog_events.tables.refusals import (
    ColumnsMissing,
    ColumnTwice,
    HeadingUnknown,
    MappingUnreadable,
)


@dataclass(frozen=True, slots=True)
class Columns:
    known: tuple[str, ...]
    required: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Header:
    """`columns` says what each place of a row is; none where a heading means nothing here."""

    columns: tuple[str | None, ...]
    ignored: tuple[str, ...]

    @property
    def known(self) -> frozenset[str]:
        return frozenset(column for column in self.columns if column is not None)


def parse_mapping(text: str, columns: Columns) -> dict[str, str]:
    """`Objective:title,Owner:owner`: from headings of a file to columns.

    Raises `MappingUnreadable` or `ColumnTwice`.
    """
    # A heading may hold commas and colons: it ends where a colon and the name of a column follow.
    pairs = re.compile(rf"\s*(.+?)\s*:\s*({'|'.join(columns.known)})\s*(?:,|$)")
    mapping: dict[str, str] = {}
    place = 0
    while place < len(text):
        pair = pairs.match(text, place)
        if pair is None:
            raise MappingUnreadable(text[place:])
        heading, column = pair.groups()
        if heading in mapping or column in mapping.values():
            raise ColumnTwice(heading if heading in mapping else column)
        mapping[heading] = column
        place = pair.end()
    return mapping


def read_header(headings: Sequence[str], columns: Columns, mapping: dict[str, str]) -> Header:
    """A heading is taken by the mapping first; one not mapped, by its own name.

    Raises `ColumnTwice`, `HeadingUnknown` or `ColumnsMissing`.
    """
    trimmed = [heading.strip() for heading in headings]
    for heading in mapping:
        if heading not in trimmed:
            raise HeadingUnknown(heading)
    places = [_column(heading, columns, mapping) for heading in trimmed]
    known = [column for column in places if column is not None]
    for column in known:
        if known.count(column) > 1:
            raise ColumnTwice(column)
    if missing := [column for column in columns.required if column not in known]:
        raise ColumnsMissing(missing)
    unknown = [h for h, column in zip(trimmed, places, strict=True) if h and column is None]
    return Header(tuple(places), tuple(unknown))


def _column(heading: str, columns: Columns, mapping: dict[str, str]) -> str | None:
    if heading in mapping:
        return mapping[heading]
    # What the mapping gives a column, no heading of the same name takes as well.
    return heading if heading in columns.known and heading not in mapping.values() else None
