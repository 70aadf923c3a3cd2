"""What the events of a cycle's work share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from helmlog_events.contracts.event import REGISTRY, Event


class CycleWork(Event):
    """Something done within a cycle, so that the cycle's history can be told.

    `after_reopening` marks what came after the cycle was reopened, `late_correction` what was
    written into it although it was closed.
    """

    cycle_id: UUID
    after_reopening: bool = False
    late_correction: bool = False


def upcast_with(name: str, *, from_version: int = 1, **added: Any) -> None:
    """That version of `name` lacked these fields; it meant these values by leaving them out."""
    REGISTRY.upcast(name, from_version)(_filled_with(added))


def _filled_with(added: dict[str, Any]) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda data: {**added, **data}
