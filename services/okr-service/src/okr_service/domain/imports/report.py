"""What an import did, or would do: counts, refused rows with their reasons, and notes."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Literal

from helmlog_events.contracts.okr import ImportCounts

NoteCode = Literal[
    "share-read",
    "no-share-read",
    "more-than-whole",
    "result-and-score-differ",
    "speaks-of-carrying-over",
    "newer-check-in-stands",
    "cycle-activated",
    "column-ignored",
    "cell-ignored",
]

Change = Literal["created", "updated", "unchanged"]
Counted = Literal["objectives", "key_results", "check_ins", "grades"]


@dataclass(frozen=True, slots=True)
class Note:
    """What was understood, or left aside, that its writer should know; `row` none: of the file."""

    code: NoteCode
    detail: str
    row: int | None = None


class Tally:
    """Counts by what was done to what."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()

    def add(self, what: Counted) -> None:
        self._counts[what] += 1

    @property
    def counts(self) -> ImportCounts:
        return ImportCounts(**self._counts)
