"""What a single cell may hold: lines of text, numbers, dates, and words out of a list."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Final, TypeVar

from helmlog_events.values import MAX_DIGITS, MAX_PLACES

LONGEST_TITLE: Final = 500
"""Longer than what people type: real plans put sentences into titles."""
LONGEST_NAME: Final = 100
LONGEST_TEXT: Final = 10_000
LONGEST_KEY: Final = 200

_NUMBER: Final = re.compile(r"[+-]?\d+(?:\.\d+)?", re.ASCII)
_WHOLE: Final = re.compile(r"\d{1,3}", re.ASCII)
_DATE_AND_TIME: Final = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:")
_NOT_IN_LINES: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_NOT_IN_A_LINE: Final = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")
_MOST_WHOLE_DIGITS: Final = MAX_DIGITS - MAX_PLACES

Value = TypeVar("Value")
Word = TypeVar("Word", bound=str)


class CellRefused(Exception):
    """A cell cannot be read; the message is the reason its writer is told."""

    def __init__(self, column: str, reason: str) -> None:
        super().__init__(reason)
        self.column = column
        self.reason = reason


class Cells:
    """Reads the cells of one row; an absent column reads as an empty cell."""

    def __init__(self, cells: Mapping[str, str]) -> None:
        self._cells = cells

    def line(self, column: str, longest: int) -> str | None:
        """One line of text; none where the cell is empty. Raises `CellRefused`."""
        return self._text(column, longest, _NOT_IN_A_LINE)

    def lines(self, column: str, longest: int = LONGEST_TEXT) -> str | None:
        return self._text(column, longest, _NOT_IN_LINES)

    def required(self, column: str, longest: int) -> str:
        text = self.line(column, longest)
        if text is None:
            raise CellRefused(column, f"{column} is empty")
        return text

    def word(self, column: str, words: Mapping[str, Word]) -> Word | None:
        """One of `words`, however it is capitalised and joined: "Key result" is `key_result`."""
        text = self._cells.get(column, "")
        if not text:
            return None
        word = words.get(re.sub(r"[\s-]+", "_", text.lower()))
        if word is None:
            raise CellRefused(column, f"{shown(text)} is none of {', '.join(words)}")
        return word

    def number(self, column: str) -> Decimal | None:
        return self._parsed(column, _number, "is not a number, as 12 or -0.5")

    def whole(self, column: str) -> int | None:
        return self._parsed(column, _whole, "is not a whole number")

    def day(self, column: str) -> date | None:
        return self._parsed(column, date.fromisoformat, "is not a date, as 2020-01-31")

    def instant(self, column: str) -> datetime | None:
        return self._parsed(column, _instant, "is not an instant with its offset (RFC 3339)")

    def _text(self, column: str, longest: int, forbidden: re.Pattern[str]) -> str | None:
        text = self._cells.get(column, "")
        if len(text) > longest:
            raise CellRefused(column, f"{len(text)} characters, more than {longest}")
        if found := forbidden.search(text):
            raise CellRefused(column, f"the character U+{ord(found[0]):04X} stands in it")
        return text or None

    def _parsed(self, column: str, parse: Callable[[str], Value], otherwise: str) -> Value | None:
        text = self._cells.get(column, "")
        if not text:
            return None
        try:
            return parse(text)
        except (ValueError, ArithmeticError) as error:
            raise CellRefused(column, f"{shown(text)} {otherwise}") from error


def shown(text: str) -> str:
    """A cell's text in a reason: quoted, and cut where it goes on for long."""
    return repr(text if len(text) <= LONGEST_NAME else text[:LONGEST_NAME] + "…")


def _number(text: str) -> Decimal:
    if not _NUMBER.fullmatch(text):
        raise ValueError(text)
    whole, _, places = text.lstrip("+-").partition(".")
    if len(whole) > _MOST_WHOLE_DIGITS or len(places) > MAX_PLACES:
        raise ValueError(text)
    return Decimal(text)


def _whole(text: str) -> int:
    if not _WHOLE.fullmatch(text):
        raise ValueError(text)
    return int(text)


def _instant(text: str) -> datetime:
    # Numbers are no instants, and a time without offset is a guess.
    if not _DATE_AND_TIME.match(text):
        raise ValueError(text)
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(text)
    return moment.astimezone(UTC)
