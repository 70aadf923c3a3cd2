"""What stands while an import is planned: states, and the events they came to by it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from helmlog_events.contracts.event import Event
from helmlog_events.contracts.nodes import Node

from okr_service.domain.aggregates import KEY_RESULT, OBJECTIVE, Aggregate
from okr_service.domain.imports.report import Change, Counted, Note
from okr_service.domain.key_result.state import KeyResult
from okr_service.domain.objective.state import Objective

Category = Literal["objective", "key_result"]
_AGGREGATES: dict[Category, Aggregate[Any]] = {"objective": OBJECTIVE, "key_result": KEY_RESULT}


@dataclass(frozen=True, slots=True)
class Dated:
    """An event, and since when it is true unless it was observed at a time of its own."""

    event: Event
    at: datetime


@dataclass(slots=True)
class Place:
    """A node: `version` is where its stream stands in the log, `planned` what comes after that."""

    node: Node
    state: Any
    version: int = 0
    last_at: datetime | None = None
    planned: list[Dated] = field(default_factory=list)

    @property
    def is_new(self) -> bool:
        return self.version == 0


def new_place(category: Category, node_id: UUID) -> Place:
    return Place(Node(type=category, id=node_id), _AGGREGATES[category].initial)


class Draft:
    """What one row changes: taken over whole, or not at all.

    `counted` says what was created, updated or found unchanged; `rests_on` are the places that it
    was decided on without changing them.
    """

    def __init__(self) -> None:
        self.counted: list[tuple[Change, Counted]] = []
        self.notes: list[Note] = []
        self.rests_on: list[Place] = []
        self._places: list[Place] = []
        self._states: dict[UUID, Any] = {}
        self._events: dict[UUID, list[Dated]] = {}

    def objective(self, place: Place) -> Objective:
        state = self._states.get(place.node.id, place.state)
        if not isinstance(state, Objective):
            raise TypeError(f"{place.node.type} {place.node.id} is no objective")
        return state

    def key_result(self, place: Place) -> KeyResult:
        state = self._states.get(place.node.id, place.state)
        if not isinstance(state, KeyResult):
            raise TypeError(f"{place.node.type} {place.node.id} is no key result")
        return state

    def add(self, place: Place, events: Sequence[Event], at: datetime) -> None:
        if not events:
            return
        aggregate = _AGGREGATES[place.node.type]
        key = place.node.id
        if key not in self._events:
            self._places.append(place)
            self._events[key] = []
        state = self._states.get(key, place.state)
        for event in events:
            state = aggregate.evolve(state, event)
            self._events[key].append(Dated(event, at))
        self._states[key] = state

    def take_over(self) -> Sequence[Place]:
        """The places it changes, changed."""
        for place in self._places:
            place.state = self._states[place.node.id]
            place.planned += self._events[place.node.id]
        return self._places
