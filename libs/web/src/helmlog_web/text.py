"""Text as requests may carry it, and the one place that says which characters it may hold."""

from __future__ import annotations

import re
from typing import Annotated, Any, Final

from pydantic import StringConstraints

_UNSTORABLE: Final = re.compile("[\x00\ud800-\udfff]")
# A line without control characters that is not blank; the same rule as a schema shows it.
_LINE: Final = r"^[^\x00-\x1f\x7f]*[^\s\x00-\x1f\x7f][^\x00-\x1f\x7f]*$"
# Tabs and line breaks belong to a text of several lines.
_LINES: Final = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$"

Title = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=_LINE)
]
"""One line, 1 to 200 characters, trimmed."""

Name = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100, pattern=_LINE)
]
"""One line, 1 to 100 characters, trimmed: a person, a team, a unit."""

Paragraph = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=10_000, pattern=_LINES)
]
"""Lines of text, up to 10,000 characters, trimmed; may be empty."""

Reason = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True,
        min_length=1,
        max_length=10_000,
        pattern=r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*[^\s\x00-\x1f\x7f]"
        r"[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$",
    ),
]
"""Lines of text that say something: 1 to 10,000 characters, trimmed."""

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]
"""A name for machines: `taxi-demand`."""


def is_storable(text: str) -> bool:
    """Whether PostgreSQL and JSON can hold it: neither NUL nor a lone surrogate."""
    return _UNSTORABLE.search(text) is None


def find_unstorable(document: Any) -> str | None:
    """The JSON pointer of the first text (value or key) in `document` that cannot be stored."""
    # A stack of its own: a document nests deeper than Python's calls may.
    waiting: list[tuple[str, Any]] = [("", document)]
    while waiting:
        pointer, value = waiting.pop()
        if isinstance(value, str):
            if not is_storable(value):
                return pointer
        elif isinstance(value, list):
            waiting.extend((f"{pointer}/{place}", item) for place, item in enumerate(value))
        elif isinstance(value, dict):
            if not all(map(is_storable, value)):
                return pointer
            waiting.extend((f"{pointer}/{escape(key)}", item) for key, item in value.items())
    return None


def escape(token: str) -> str:
    """A reference token of a JSON pointer (RFC 6901)."""
    return token.replace("~", "~0").replace("/", "~1")
