from __future__ import annotations

from okr_service.domain.cycle.state import Closed as CycleClosed
from okr_service.domain.cycle.state import Cycle
from okr_service.domain.key_result.commands import FollowKPI
from okr_service.domain.key_result.events import KeyResultEvent
from okr_service.domain.key_result.state import KeyResult
from okr_service.domain.key_result.update import Observation, holding, updates
from okr_service.domain.objective.state import Closed as ObjectiveClosed
from okr_service.domain.objective.state import Declined, Objective


def follow_kpi(command: FollowKPI, key_result: KeyResult) -> list[KeyResultEvent]:
    """What a KPI's new value moves; nothing where it doesn't concern this key result.

    Nobody is there to be refused: a value outside the cycle, or for what is closed, passes by.
    """
    if key_result.facts.definition.kpi_id != command.kpi_id:
        return []
    if is_over(key_result, command.objective, command.cycle):
        return []
    if not command.cycle.facts.course.contains(command.observed_at):
        return []
    current = key_result.current
    told = (command.observed_at, command.value)
    if current is not None and (current.observed_at, current.value) == told:
        return []
    observation = Observation(
        source="kpi",
        value=command.value,
        done=(),
        remark=holding(key_result.remark, command.observed_at),
        observed_at=command.observed_at,
        cause=command.cause,
    )
    return [*updates(observation, key_result, command.cycle)]


def is_over(key_result: KeyResult, objective: Objective, cycle: Cycle) -> bool:
    """Whether KPIs move it no more."""
    return (
        key_result.cancelled is not None
        or isinstance(cycle, CycleClosed)
        or isinstance(objective, ObjectiveClosed | Declined)
    )
