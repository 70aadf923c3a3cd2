from __future__ import annotations

from okr_service.domain.objective.refusals import ObjectiveIsClosed, ObjectiveWasDeclined
from okr_service.domain.objective.state import Closed, Declined, Objective


def require_standing(objective: Objective) -> None:
    """For key results and their check-ins: neither closed nor declined.

    Raises `ObjectiveIsClosed` or `ObjectiveWasDeclined`.
    """
    if isinstance(objective, Closed):
        raise ObjectiveIsClosed(objective.facts.objective_id)
    if isinstance(objective, Declined):
        raise ObjectiveWasDeclined(objective.facts.objective_id)
