from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from helmlog_events.contracts.okr import ObjectiveDefinition, ObjectiveRevised

from okr_service.domain.cycle.guards import mark_work
from okr_service.domain.cycle.state import Cycle
from okr_service.domain.objective.events import ObjectiveEvent
from okr_service.domain.objective.refusals import ObjectiveIsClosed
from okr_service.domain.objective.state import Closed, Objective


@dataclass(frozen=True, slots=True)
class ReviseObjective:
    """`after` is the whole definition as it shall be."""

    objective_id: UUID
    cycle: Cycle
    after: ObjectiveDefinition
    reason: str
    late_correction: bool = False


def revise(command: ReviseObjective, objective: Objective) -> list[ObjectiveEvent]:
    """Old and new are both kept. A declined one may be revised, to be proposed again; a closed one
    only by a late correction. Nothing changed, nothing said. Raises `ObjectiveIsClosed`.
    """
    marks = mark_work(command.cycle, late_correction=command.late_correction)
    facts = objective.facts
    if isinstance(objective, Closed) and not command.late_correction:
        raise ObjectiveIsClosed(facts.objective_id)
    if command.after == facts.definition:
        return []
    return [
        ObjectiveRevised(
            **marks,
            objective_id=facts.objective_id,
            reason=command.reason,
            before=facts.definition,
            after=command.after,
        )
    ]
