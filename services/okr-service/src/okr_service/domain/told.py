from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from helmlog_events.contracts.event import Event
from helmlog_events.envelope import RecordedEvent


@dataclass(frozen=True, slots=True)
class Told:
    """An event with what stands around it, for states that rest on that too."""

    event: Event
    occurred_at: datetime
    actor: str


def told_by(record: RecordedEvent) -> Told:
    return Told(record.event, record.occurred_at, record.actor)
