"""The columns an import understands, and other headings mapped to them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from okr_service.domain.imports.refusals import (
    ColumnsMissing,
    ColumnTwice,
    HeadingUnknown,
    MappingUnreadable,
)

DEFAULT: Final = ("id", "parent_id", "kind", "owner", "title", "result", "score")
"""What a file of OKRs has, and an export gives."""

OBJECTIVE_ONLY: Final = ("why", "level", "team", "objective_kind")
KEY_RESULT_ONLY: Final = (
    "metric",
    "baseline",
    "target",
    "lower",
    "upper",
    "unit",
    "rate",
    "weight",
    "due_on",
    "value",
    "confidence",
)
EXTRA: Final = (*OBJECTIVE_ONLY, *KEY_RESULT_ONLY, "observed_at")
ALL: Final = (*DEFAULT, *EXTRA)
REQUIRED: Final = ("id", "kind", "title")

# A heading may hold commas and colons: it ends where a colon and the name of a column follow.
_PAIR: Final = re.compile(rf"\s*(.+?)\s*:\s*({'|'.join(ALL)})\s*(?:,|$)")


@dataclass(frozen=True, slots=True)
class Header:
    """`columns` says what each place of a row is; none where a heading means nothing here."""

    columns: tuple[str | None, ...]
    ignored: tuple[str, ...]

    @property
    def known(self) -> frozenset[str]:
        return frozenset(column for column in self.columns if column is not None)


def parse_mapping(text: str) -> dict[str, str]:
    """`Objective:title,Owner:owner`: from headings of a file to columns.

    Raises `MappingUnreadable` or `ColumnTwice`.
    """
    mapping: dict[str, str] = {}
    place = 0
    while place < len(text):
        pair = _PAIR.match(text, place)
        if pair is None:
            raise MappingUnreadable(text[place:])
        heading, column = pair.groups()
        if heading in mapping or column in mapping.values():
            raise ColumnTwice(heading if heading in mapping else column)
        mapping[heading] = column
        place = pair.end()
    return mapping


def read_header(headings: Sequence[str], mapping: dict[str, str]) -> Header:
    """A heading is taken by the mapping first; one not mapped, by its own name.

    Raises `ColumnTwice`, `HeadingUnknown` or `ColumnsMissing`.
    """
    trimmed = [heading.strip() for heading in headings]
    for heading in mapping:
        if heading not in trimmed:
            raise HeadingUnknown(heading)
    columns = [_column(heading, mapping) for heading in trimmed]
    known = [column for column in columns if column is not None]
    for column in known:
        if known.count(column) > 1:
            raise ColumnTwice(column)
    if missing := [column for column in REQUIRED if column not in known]:
        raise ColumnsMissing(missing)
    unknown = [h for h, column in zip(trimmed, columns, strict=True) if h and column is None]
    return Header(tuple(columns), tuple(unknown))


def _column(heading: str, mapping: dict[str, str]) -> str | None:
    if heading in mapping:
        return mapping[heading]
    # What the mapping gives a column, no heading of the same name takes as well.
    return heading if heading in ALL and heading not in mapping.values() else None
