"""Every kind of stream, and how it is folded."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

from helmlog_events.contracts.event import Event
from helmlog_events.envelope import RecordedEvent

from okr_service.domain.comment import state as comment
from okr_service.domain.cycle import state as cycle
from okr_service.domain.fiscal_calendar import state as fiscal_calendar
from okr_service.domain.initiative import state as initiative
from okr_service.domain.key_result import state as key_result
from okr_service.domain.objective import state as objective
from okr_service.domain.organisation import state as organisation
from okr_service.domain.strategy import state as strategy
from okr_service.domain.told import told_by

State = TypeVar("State")


def event_of(record: RecordedEvent) -> Event:
    return record.event


@dataclass(frozen=True)
class Aggregate(Generic[State]):
    """`read` is what of an entry the state is evolved with: its event, if nothing else is said."""

    category: str
    initial: State
    evolve: Callable[[State, Any], State]
    read: Callable[[RecordedEvent], Any] = event_of


CYCLE = Aggregate("cycle", cycle.initial_state(), cycle.evolve)
OBJECTIVE = Aggregate("objective", objective.initial_state(), objective.evolve)
KEY_RESULT = Aggregate("key_result", key_result.initial_state(), key_result.evolve)
FISCAL_CALENDAR = Aggregate(
    "fiscal_calendar", fiscal_calendar.initial_state(), fiscal_calendar.evolve
)
INITIATIVE = Aggregate("initiative", initiative.initial_state(), initiative.evolve)
COMMENT = Aggregate("comment", comment.initial_state(), comment.evolve, told_by)
ORGANISATION = Aggregate("organisation", organisation.initial_state(), organisation.evolve, told_by)
STRATEGY = Aggregate("strategy", strategy.initial_state(), strategy.evolve, told_by)

AGGREGATES: Final[dict[str, Aggregate[Any]]] = {
    aggregate.category: aggregate for aggregate in (CYCLE, OBJECTIVE, KEY_RESULT, INITIATIVE)
}
"""What a board is folded from: talk about it, and what lies outside cycles, is left out."""
