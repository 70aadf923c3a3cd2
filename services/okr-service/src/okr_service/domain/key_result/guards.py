"""What a key result's own state, and the objective above it, allow to be written."""

from __future__ import annotations

from okr_service.domain.key_result.refusals import KeyResultIsCancelled
from okr_service.domain.key_result.state import KeyResult
from okr_service.domain.objective.guards import require_standing
from okr_service.domain.objective.state import Closed, Objective


def require_counting(key_result: KeyResult) -> None:
    """Raises `KeyResultIsCancelled`."""
    if key_result.cancelled is not None:
        raise KeyResultIsCancelled(key_result.facts.key_result_id)


def require_work(key_result: KeyResult, objective: Objective, *, late_correction: bool) -> None:
    """For what is said of a key result; a late correction may come to a closed objective.

    Raises `KeyResultIsCancelled`, `ObjectiveIsClosed` or `ObjectiveWasDeclined`.
    """
    require_counting(key_result)
    if not (late_correction and isinstance(objective, Closed)):
        require_standing(objective)
