"""Breaches by what they are, whatever their ids."""

from collections.abc import Iterable
from typing import Any

Episode = tuple[str, str, str, str]


def episodes(breaches: Iterable[Any]) -> list[Episode]:
    """When each opened and recovered, how grave it is, and the value that led to it."""
    return sorted(
        (one["opened_at"], one["severity"], one["recovered_at"] or "", one["trigger"]["value"])
        for one in breaches
    )
