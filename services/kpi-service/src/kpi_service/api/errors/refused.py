from __future__ import annotations

from collections.abc import Callable
from typing import Any

from helmlog_web.problems import Problem


def refused(
    slug: str,
    title: str,
    pointer: str | Callable[[Any], str] | None = None,
    *,
    status: int = 422,
) -> Callable[[Exception], Problem]:
    """`pointer`, as `/rules/0`, names the field that broke the rule, or tells it of the refusal."""

    def problem(refusal: Exception) -> Problem:
        at = pointer(refusal) if callable(pointer) else pointer
        errors = [] if at is None else [{"pointer": f"#{at}", "detail": str(refusal)}]
        return Problem(status, slug, title, str(refusal), errors)

    return problem
