"""Which problems an operation answers with: those of its kind, and those its route declares."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any, Final, NamedTuple, Protocol, runtime_checkable

from helmlog_web import headers
from helmlog_web.problems import MEDIA_TYPE, TYPE_PREFIX

PROBLEM_CONTENT: Final = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
PROBLEM_TYPES: Final = "x-problem-types"

_WITH_BODY: Final = frozenset({"post", "put", "patch"})
_MIN_SEQ: Final = headers.MIN_SEQ.lower()


@runtime_checkable
class ToldRefusal(Protocol):
    """How a refusal looks over HTTP, as far as it is known before there is one."""

    @property
    def status(self) -> int: ...

    @property
    def type_slug(self) -> str: ...


class Told(NamedTuple):
    """One that no refusal stands behind."""

    status: int
    type_slug: str


def refuses(*told: ToldRefusal) -> dict[int | str, dict[str, Any]]:
    """The `responses` of a route that answers with these beside what all of its kind can."""
    responses: dict[str, dict[str, Any]] = {}
    for one in told:
        _add(responses, one.status, one.type_slug)
    return {int(status): response for status, response in responses.items()}


def document_problems(path: str, method: str, operation: dict[str, Any], *, command: bool) -> None:
    """Adds what any operation of the kind answers with to what its route declares."""
    responses = operation["responses"]
    for status, type_slug in _of_kind(path, method, operation, command=command):
        _add(responses, status, type_slug)
    operation["responses"] = dict(sorted(responses.items()))


def _of_kind(
    path: str, method: str, operation: Mapping[str, Any], *, command: bool
) -> Iterator[tuple[int, str]]:
    if not operation.get("security"):
        return
    yield from ((401, "unauthorized"), (403, "forbidden"))
    yield from ((422, "validation"), (422, "unstorable-text"))
    yield from ((503, "store-unavailable"), (503, "keys-unavailable"))
    if "{" in path:
        yield 404, "not-found"
    if method in _WITH_BODY:
        yield from ((400, "malformed-json"), (400, "broken-body"))
        yield from ((413, "body-too-large"), (415, "unsupported-media-type"))
    if command:
        yield from ((409, "conflict"), (412, "stale-version"))
        yield from ((413, "event-too-large"), (422, "idempotency-key-reused"))
    if any(one.get("name", "").lower() == _MIN_SEQ for one in operation.get("parameters", ())):
        yield 503, "read-model-behind"


def _add(responses: dict[str, dict[str, Any]], status: int, type_slug: str) -> None:
    told = responses.setdefault(
        str(status), {"description": HTTPStatus(status).phrase, "content": PROBLEM_CONTENT}
    )
    told[PROBLEM_TYPES] = sorted({*told.get(PROBLEM_TYPES, ()), TYPE_PREFIX + type_slug})
