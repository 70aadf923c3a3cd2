"""Every kind of stream, and how it is folded."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

from okr_service.domain.cycle import state as cycle
from okr_service.domain.key_result import state as key_result
from okr_service.domain.objective import state as objective

State = TypeVar("State")


@dataclass(frozen=True)
class Aggregate(Generic[State]):
    category: str
    initial: State
    evolve: Callable[[State, Any], State]


CYCLE = Aggregate("cycle", cycle.initial_state(), cycle.evolve)
OBJECTIVE = Aggregate("objective", objective.initial_state(), objective.evolve)
KEY_RESULT = Aggregate("key_result", key_result.initial_state(), key_result.evolve)

AGGREGATES: Final[dict[str, Aggregate[Any]]] = {
    aggregate.category: aggregate for aggregate in (CYCLE, OBJECTIVE, KEY_RESULT)
}
