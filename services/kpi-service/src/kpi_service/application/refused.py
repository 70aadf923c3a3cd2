from __future__ import annotations


class RowRefused(ValueError):
    """A row is no reading; the message is the reason its sender is told."""
