"""Pydantic's findings in the words of a problem document."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
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


def in_parameters(error: Mapping[str, Any], path: Container[str]) -> Mapping[str, Any]:
    """The same, of a parameter, where a rule names the field by a pointer; `path` are the names of
    those in the address, the others stand in the query.
    """
    if "pointer" not in error:
        return error
    name = error["pointer"].removeprefix("#/").replace("/", ".")
    place = "path" if name in path else "query"
    return {"in": place, "name": name, "detail": error["detail"]}


def is_unreadable_json(findings: Iterable[Any]) -> bool:
    return any(finding["type"] == "json_invalid" for finding in findings)
