"""Errors as RFC 9457 has them: one media type, one stable `type` per rule."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import quote
from uuid import uuid4

import structlog
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from helmlog_events.store.protocol import EventTooLarge, StoreUnavailable, VersionConflict
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from helmlog_web.validation import described, in_parameters, is_unreadable_json

TYPE_PREFIX: Final = "https://helmlog.dev/problems/"
MEDIA_TYPE: Final = "application/problem+json"

_log = structlog.get_logger(__name__)
_IN_A_FRAGMENT: Final = "/?:@!$&'()*+,;=~"
"""Beside letters, digits, `-`, `.` and `_`: RFC 3986."""
_WITHOUT_BODY: Final = frozenset({"GET", "HEAD", "DELETE"})
"""Of these the fields that a rule names are parameters."""

_SLUGS: Final = {
    400: "bad-request",
    401: "unauthorized",
    403: "forbidden",
    404: "not-found",
    405: "method-not-allowed",
    413: "body-too-large",
    415: "unsupported-media-type",
}


class Problem(Exception):
    """An answer that is not a success; raised anywhere below a route.

    `type_slug` is stable: clients match on it. `errors` are `{"pointer", "detail"}` with a JSON
    pointer into the body as a URI fragment, or `{"in", "name", "detail"}` for a parameter; where
    a request has no body, what a pointer names is told as a parameter. `extensions`
    become members of the document.
    """

    def __init__(
        self,
        status: int,
        type_slug: str,
        title: str,
        detail: str | None = None,
        errors: Sequence[Mapping[str, Any]] = (),
        *,
        headers: Mapping[str, str] | None = None,
        **extensions: Any,
    ) -> None:
        super().__init__(f"{status} {type_slug}: {detail or title}")
        self.status = status
        self.type_slug = type_slug
        self.title = title
        self.detail = detail
        self.errors = tuple(errors)
        self.headers = dict(headers or {})
        self.extensions = extensions

    def document(self) -> dict[str, Any]:
        document: dict[str, Any] = {
            "type": TYPE_PREFIX + self.type_slug,
            "title": self.title,
            "status": self.status,
        }
        if self.detail is not None:
            document["detail"] = self.detail
        if self.errors:
            document["errors"] = [_told(error) for error in self.errors]
        return {**self.extensions, **document}

    def response(self) -> Response:
        # Escaped to ASCII: a problem may quote what no encoder would take.
        content = json.dumps(self.document(), default=str).encode("ascii")
        return Response(content, self.status, self.headers, MEDIA_TYPE)


def _told(error: Mapping[str, Any]) -> dict[str, Any]:
    if "pointer" not in error:
        return dict(error)
    # Names of fields that a client made up may be of any characters; those of a URI are few.
    return {**error, "pointer": "#" + quote(error["pointer"][1:], _IN_A_FRAGMENT, errors="replace")}


Refusals = Mapping[type[Exception], Callable[[Any], Problem]]
"""How a service's refusals look over HTTP, by exception class (subclasses included)."""


def install_problem_handlers(app: FastAPI, refusals: Refusals) -> None:
    """Makes every error of `app` a problem document; `refusals` go before the common ones."""
    common: Refusals = {
        Problem: lambda problem: problem,
        StoreUnavailable: store_unavailable,
        HTTPException: _from_http_exception,
        EventTooLarge: _too_large,
    }
    for exception, to_problem in {**common, **refusals}.items():
        app.add_exception_handler(exception, _answering(to_problem))
    app.add_exception_handler(RequestValidationError, _answer_validation)
    app.add_exception_handler(VersionConflict, _answer_conflict)


def _too_large(error: EventTooLarge) -> Problem:
    return Problem(
        413,
        "event-too-large",
        "What would be recorded is too large",
        f"It takes {error.size} bytes; {error.limit} can be recorded at once.",
    )


def unexpected(error: Exception, *, method: str, path: str) -> Problem:
    """A 500 that gives away an id only; what happened stands in the log under it."""
    error_id = str(uuid4())
    _log.error("request_failed", error_id=error_id, method=method, path=path, exc_info=error)
    return Problem(
        500,
        "internal-error",
        "Something went wrong on our side",
        "It has been logged under the error_id.",
        error_id=error_id,
    )


def conflict(error: VersionConflict, *, conditional: bool) -> Problem:
    """412 where the client named a version by If-Match, 409 where it did not."""
    if conditional:
        return stale(error.actual)
    return Problem(
        409,
        "conflict",
        "Somebody else was changing this at the same time",
        "The write was tried several times; read it again and retry.",
        headers={"Retry-After": "1"},
    )


def stale(version: int) -> Problem:
    return Problem(
        412,
        "stale-version",
        "It has changed since you read it",
        f"The version in If-Match is not the current one, {version}.",
        version=version,
    )


def validation_problem(errors: Iterable[Mapping[str, Any]]) -> Problem:
    return Problem(422, "validation", "The request does not fit its schema", errors=[*errors])


def _answering(
    to_problem: Callable[[Any], Problem],
) -> Callable[[Request, Exception], Any]:
    async def answer(request: Request, error: Exception) -> Response:
        problem = to_problem(error)
        if request.method in _WITHOUT_BODY:
            problem.errors = tuple(
                in_parameters(one, request.path_params) for one in problem.errors
            )
        return problem.response()

    return answer


def store_unavailable(_error: Exception) -> Problem:
    """503 where the database went away, whoever noticed it."""
    return Problem(
        503,
        "store-unavailable",
        "The event log cannot be reached",
        "Whether the write was kept is not known; retry with the same Idempotency-Key.",
        headers={"Retry-After": "1"},
    )


def _from_http_exception(error: HTTPException) -> Problem:
    phrase = HTTPStatus(error.status_code).phrase
    slug = _SLUGS.get(error.status_code, phrase.lower().replace(" ", "-"))
    detail = error.detail if error.detail != phrase else None
    return Problem(error.status_code, slug, phrase, detail, headers=error.headers)


async def _answer_conflict(request: Request, error: Exception) -> Response:
    assert isinstance(error, VersionConflict)  # noqa: S101  # it is registered for nothing else
    return conflict(error, conditional="if-match" in request.headers).response()


async def _answer_validation(_request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101  # registered for nothing else
    if isinstance(error.body, bytes) and error.body:
        # FastAPI hands on bytes where the content type was not JSON.
        problem = Problem(
            415, "unsupported-media-type", "A JSON body is expected", "Send application/json."
        )
    elif is_unreadable_json(error.errors()):
        problem = Problem(400, "malformed-json", "The body is not JSON")
    else:
        problem = validation_problem(described(error.errors()))
    return problem.response()
