"""What an import did, or would do: counts, refused rows with their reasons, and notes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

NoteCode = Literal[
    "share-read",
    "no-share-read",
    "more-than-whole",
    "result-and-score-differ",
    "speaks-of-carrying-over",
    "column-ignored",
    "cell-ignored",
]


@dataclass(frozen=True, slots=True)
class Rejected:
    """A row that is not imported; rows are counted from 1, the header left out."""

    row: int
    reason: str
    column: str | None = None


@dataclass(frozen=True, slots=True)
class Note:
    """What was understood, or left aside, that its writer should know; `row` none: of the file."""

    code: NoteCode
    detail: str
    row: int | None = None


@dataclass(frozen=True, slots=True)
class Counts:
    objectives: int = 0
    key_results: int = 0
    check_ins: int = 0
    grades: int = 0
