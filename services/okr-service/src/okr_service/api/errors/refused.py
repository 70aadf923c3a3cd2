from __future__ import annotations

from collections.abc import Callable

from helmlog_web.problems import Problem

from okr_service.domain.refusals import Refusal


def refused(
    slug: str,
    title: str,
    facts: str | None = None,
    *,
    pointer: str | None = None,
    status: int = 422,
) -> Callable[[Refusal], Problem]:
    """`facts` quotes the refusal's arguments; `pointer` names the field that broke the rule, unless
    the refusal names it itself.
    """

    def problem(refusal: Refusal) -> Problem:
        detail = title if facts is None else f"{title}: {facts.format(*refusal.args)}"
        at = getattr(refusal, "field", pointer)
        errors = [] if at is None else [{"pointer": f"#/{at}", "detail": detail}]
        return Problem(status, slug, title, detail, errors)

    return problem
