from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from helmlog_events.contracts.event import Event
from helmlog_events.contracts.okr import (
    CheckInRecorded,
    KeyResultRevised,
    KeyResultUpdated,
    ObjectiveCheckInRecorded,
)
from helmlog_events.envelope import NewEvent, StreamWrite

from okr_service.application.streams import Loaded
from okr_service.domain.aggregates import Aggregate

State = TypeVar("State")


@dataclass(frozen=True, slots=True)
class Decided(Generic[State]):
    """What a command came to: the state it leads to, and the writes that make it so.

    `stood_at` is the version the decision rests on, `version` the one it leads to.
    """

    state: State
    stood_at: int
    version: int
    writes: tuple[StreamWrite, ...]


def decided(
    aggregate: Aggregate[State], loaded: Loaded[State], events: Sequence[Event], at: datetime
) -> Decided[State]:
    """`at` is since when the events are true, unless they were observed at a time of their own."""
    state = loaded.state
    for event in events:
        state = aggregate.evolve(state, event)
    writes = (stream_write(loaded, events, at),) if events else ()
    return Decided(state, loaded.version, loaded.version + len(events), writes)


def stream_write(loaded: Loaded[State], events: Sequence[Event], at: datetime) -> StreamWrite:
    return StreamWrite(loaded.stream, loaded.version, new_events(events, at))


def new_events(events: Sequence[Event], at: datetime) -> tuple[NewEvent, ...]:
    """`at` is since when they are true, unless they say so themselves."""
    return tuple(NewEvent(event, _true_since(event, at)) for event in events)


def _true_since(event: Event, at: datetime) -> datetime:
    match event:
        case CheckInRecorded() | ObjectiveCheckInRecorded():
            return event.observed_at
        case KeyResultUpdated():
            return event.valid_from or event.observed_at
        case KeyResultRevised(effective_from=since) if since is not None:
            return since
        case _:
            return at
