"""Which key results an objective knows."""

from __future__ import annotations

from uuid import UUID

from helmlog_events.contracts.okr import KeyResultDetached

from okr_service.domain.cycle.guards import mark_work
from okr_service.domain.cycle.state import Cycle
from okr_service.domain.objective.events import ObjectiveEvent
from okr_service.domain.objective.state import Objective


def detach(objective: Objective, cycle: Cycle, key_result_id: UUID) -> list[ObjectiveEvent]:
    """Tells the objective that a key result was moved away, in the same append.

    Raises `CycleIsClosed`.
    """
    marks = mark_work(cycle)
    if key_result_id not in objective.facts.key_result_ids:
        return []
    return [
        KeyResultDetached(
            objective_id=objective.facts.objective_id, **marks, key_result_id=key_result_id
        )
    ]
