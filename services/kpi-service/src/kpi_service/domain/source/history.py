"""A source as it was at some moment, and when that came about."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from kpi_service.domain.source.events import SourceEvent
from kpi_service.domain.source.state import INITIAL, Registered, Revoked, SourceState, evolve


class DatedEvent(NamedTuple):
    """An event, when it happened and when it was learned of."""

    event: SourceEvent
    occurred_at: datetime
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class SourceView:
    """`version` counts the events that make it up."""

    state: Registered | Revoked
    registered_at: datetime
    changed_at: datetime
    version: int

    @property
    def source(self) -> Registered:
        return self.state.source if isinstance(self.state, Revoked) else self.state


def view_at(
    events: Iterable[DatedEvent],
    valid_at: datetime | None = None,
    known_at: datetime | None = None,
) -> SourceView | None:
    """As true at `valid_at` and known at `known_at`; None where it was not registered yet."""
    state: SourceState = INITIAL
    happened: list[datetime] = []
    for event, occurred_at, recorded_at in events:
        if (valid_at is None or occurred_at <= valid_at) and (
            known_at is None or recorded_at <= known_at
        ):
            state = evolve(state, event)
            happened.append(occurred_at)
    if not isinstance(state, Registered | Revoked):
        return None
    return SourceView(state, happened[0], happened[-1], len(happened))
