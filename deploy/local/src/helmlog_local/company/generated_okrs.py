"""A quarter's OKRs of the made-up company, as a file like those that people keep.

Nothing in it is left to chance: it is the same each time, to the byte.
"""

import csv
import io
from collections.abc import Iterator
from typing import Final

from helmlog_local.company.outline_growth import GROWTH
from helmlog_local.company.outline_house import HOUSE

COLUMNS: Final = ("id", "parent_id", "kind", "owner", "title", "result", "score")

_KINDS: Final = {"O": "objective", "K": "key_result"}
_INDENT: Final = 2


def generated_okrs() -> bytes:
    """CSV in UTF-8: objectives under key results under objectives. An id says the place in the
    outline, as "1.2.1".
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(_rows((GROWTH + HOUSE).splitlines()))
    return text.getvalue().encode()


def _rows(outline: list[str]) -> Iterator[tuple[str, ...]]:
    place: list[int] = []
    for line in outline:
        text = line.lstrip(" ")
        depth = (len(line) - len(text)) // _INDENT
        # One more beside those before it, or the first below the line above.
        place = [*place[:depth], place[depth] + 1 if depth < len(place) else 1]
        kind, _, told = text.partition(" ")
        owner, title, result, score = (*told.split(" | "), "", "")[:4]
        names = [".".join(map(str, place[:length])) for length in (len(place), len(place) - 1)]
        yield (*names, _KINDS[kind], owner, title, result, score)
