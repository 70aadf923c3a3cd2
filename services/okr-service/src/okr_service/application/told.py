from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from helmlog_events.envelope import NewEvent, StreamWrite

from okr_service.application.decided import Decided
from okr_service.application.streams import Loaded
from okr_service.domain.aggregates import Aggregate
from okr_service.domain.told import Told

State = TypeVar("State")


def decided_as_told(
    aggregate: Aggregate[State], loaded: Loaded[State], told: Sequence[Told]
) -> Decided[State]:
    """For states that rest on who said it or since when it holds, not on the events alone."""
    state = loaded.state
    for one in told:
        state = aggregate.evolve(state, one)
    news = tuple(NewEvent(one.event, one.occurred_at) for one in told)
    writes = (StreamWrite(loaded.stream, loaded.version, news),) if news else ()
    return Decided(state, loaded.version, loaded.version + len(news), writes)
