from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from helmlog_web.problems import Problem

Pointer = str | Callable[[Any], str]


@dataclass(frozen=True, slots=True)
class Refused:
    """How one refusal looks over HTTP.

    `pointer`, as `/rules/0`, names the field that broke the rule, or tells it of the refusal.
    """

    type_slug: str
    title: str
    pointer: Pointer | None = None
    status: int = 422
    headers: Mapping[str, str] | None = None

    def __call__(self, refusal: Exception) -> Problem:
        at = self.pointer(refusal) if callable(self.pointer) else self.pointer
        errors = [] if at is None else [{"pointer": f"#{at}", "detail": str(refusal)}]
        return Problem(
            self.status, self.type_slug, self.title, str(refusal), errors, headers=self.headers
        )


def refused(
    slug: str,
    title: str,
    pointer: Pointer | None = None,
    *,
    status: int = 422,
    retry_after: int | None = None,
) -> Refused:
    """`retry_after` is in seconds."""
    headers = None if retry_after is None else {"Retry-After": str(retry_after)}
    return Refused(slug, title, pointer, status, headers)
