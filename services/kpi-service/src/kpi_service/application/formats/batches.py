"""From the pieces of a body to batches of rows, of which one is known to be the last."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Sequence
from typing import Any, NamedTuple, Protocol

from kpi_service.application.formats.json_rows import rows_of_json
from kpi_service.application.formats.lines import Chunk, Line, Lines


class Batch(NamedTuple):
    """`first` is the number of the first row in the body, from 0."""

    rows: list[Any]
    first: int
    last: bool


class RowParser(Protocol):
    def parse(self, lines: Sequence[Line], *, last: bool) -> list[Any]:
        """The rows that end in these lines, a `RowRefused` for each that can't be read.

        Raises `BodyUnreadable`.
        """


async def batches_of_lines(
    pieces: AsyncIterator[bytes], parser: RowParser, chunk: Chunk
) -> AsyncGenerator[Batch, None]:
    """At least one batch; only the last one may be empty. Raises what `pieces` does, and
    `BodyUnreadable`.
    """
    first = 0
    held: list[Line] = []  # unparsed, until it is known whether more follows
    async for lines in _chunks(pieces, Lines(chunk)):
        if held and (rows := parser.parse(held, last=False)):
            yield Batch(rows, first, last=False)
            first += len(rows)
        held = lines
    yield Batch(parser.parse(held, last=True), first, last=True)


def batches_of_json(body: bytes, chunk: Chunk) -> Iterator[Batch]:
    """The same of a body that was read at once."""
    rows = rows_of_json(body)
    for first in range(0, max(1, len(rows)), chunk.rows):
        end = first + chunk.rows
        yield Batch(rows[first:end], first, last=end >= len(rows))


async def _chunks(pieces: AsyncIterator[bytes], lines: Lines) -> AsyncIterator[list[Line]]:
    async for piece in pieces:
        lines.feed(piece)
        while found := lines.take():
            yield found
    lines.end()
    while found := lines.take():
        yield found
