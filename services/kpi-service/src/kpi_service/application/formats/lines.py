"""A body of any size as lines, with no more of it in memory than a chunk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kpi_service.application.refused import RowRefused

_BOM = b"\xef\xbb\xbf"

Line = bytes | RowRefused
"""Without its line feed; or why there is none."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """How much is parsed and written at once: `rows` at most, of about `size` bytes at most.

    A line of more than `longest` bytes is refused, and never held as a whole.
    """

    rows: int = 5_000
    size: int = 1024 * 1024
    longest: int = 64 * 1024


class Lines:
    """Pieces in, lines out; however the pieces were cut, the lines are the same."""

    def __init__(self, chunk: Chunk) -> None:
        self._chunk = chunk
        self._parts: list[bytes] = []
        self._size = 0
        self._begun = False
        self._within_refused = False
        self._ended = False

    def feed(self, piece: bytes) -> None:
        self._parts.append(piece)
        self._size += len(piece)

    def end(self) -> None:
        self._ended = True

    def take(self) -> list[Line]:
        """A chunk's lines that are not blank; none while more has to come, and at the end."""
        while self._size >= self._chunk.size or (self._ended and self._size):
            if lines := self._cut(self._joined()):
                return lines
        return []

    def _joined(self) -> bytes:
        data = b"".join(self._parts)
        if not self._begun:
            self._begun = True
            data = data.removeprefix(_BOM)
        if self._within_refused:
            _, found, data = data.partition(b"\n")
            self._within_refused = not found
        return data

    def _cut(self, data: bytes) -> list[Line]:
        found = data.split(b"\n", self._chunk.rows)
        rest = found.pop()
        room = len(found) < self._chunk.rows  # so that the rest is one line, or its beginning
        if room and self._ended:
            found.append(rest)
            rest = b""
        lines = self._checked(found)
        if room and len(rest) > self._chunk.longest:
            lines.append(self._too_long())
            rest, self._within_refused = b"", True
        self._parts, self._size = [rest], len(rest)
        return lines

    def _checked(self, found: Sequence[bytes]) -> list[Line]:
        longest = self._chunk.longest
        if max(map(len, found), default=0) <= longest:
            return [line for line in found if line and not line.isspace()]
        return [
            self._too_long() if len(line) > longest else line
            for line in found
            if len(line) > longest or (line and not line.isspace())
        ]

    def _too_long(self) -> RowRefused:
        return RowRefused(f"the line has more than {self._chunk.longest} bytes")
