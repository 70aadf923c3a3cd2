from __future__ import annotations


class BodyUnreadable(ValueError):
    """The body is not what its content type says; no row of it can be told from another."""
