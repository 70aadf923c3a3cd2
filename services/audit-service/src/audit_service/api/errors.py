from __future__ import annotations

from helmlog_web.problems import Problem, Refusals

from audit_service.application.verification import LogUnreachable


def _log_unreachable(error: LogUnreachable) -> Problem:
    return Problem(
        503,
        "log-unreachable",
        "A log cannot be read",
        f"The log of {error.source} cannot be read, so nothing can be said about it.",
        headers={"Retry-After": "5"},
        source=error.source,
    )


REFUSALS: Refusals = {LogUnreachable: _log_unreachable}
