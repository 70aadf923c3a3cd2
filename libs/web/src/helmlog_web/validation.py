"""Pydantic's findings in the words of a problem document."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from helmlog_web.text import escape


def described(findings: Iterable[Any]) -> Iterator[dict[str, str]]:
    """One entry a finding: a JSON pointer into the body, or a parameter's place and name.

    What the client sent is not repeated: it may be large, secret or no text at all.
    """
    for finding in findings:
        place, *path = finding["loc"] or ("body",)
        if place == "body":
            yield {"pointer": pointer(path), "detail": finding["msg"]}
        else:
            name = ".".join(map(str, path))
            yield {"in": str(place), "name": name, "detail": finding["msg"]}


def pointer(path: Sequence[object]) -> str:
    """A JSON pointer as a URI fragment, as RFC 9457 shows it: `#/rules/0/value`."""
    return "#" + "".join(f"/{escape(str(step))}" for step in path)


def is_unreadable_json(findings: Iterable[Any]) -> bool:
    return any(finding["type"] == "json_invalid" for finding in findings)
