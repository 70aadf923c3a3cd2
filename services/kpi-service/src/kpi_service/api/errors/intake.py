"""How it looks over HTTP when as many readings are being taken in as may be."""

from __future__ import annotations

from helmlog_web.problems import Problem


def intake_full(refusal: Exception, status: int = 429) -> Problem:
    """`status` is for senders that would take a 429 for good."""
    return Problem(
        status,
        "too-much-at-once",
        "Too many readings are being taken in",
        str(refusal),
        headers={"Retry-After": "1"},
    )
