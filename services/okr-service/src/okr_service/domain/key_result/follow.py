from __future__ import annotations

from okr_service.domain.cycle.state import Closed as CycleClosed
from okr_service.domain.key_result.commands import FollowKPI
from okr_service.domain.key_result.events import KeyResultEvent
from okr_service.domain.key_result.state import KeyResult
from okr_service.domain.key_result.update import Observation, updates
from okr_service.domain.objective.state import Closed as ObjectiveClosed
from okr_service.domain.objective.state import Declined


def follow_kpi(command: FollowKPI, key_result: KeyResult) -> list[KeyResultEvent]:
    """What a KPI's new value moves; nothing where it doesn't concern this key result.

    Nobody is there to be refused: a value outside the cycle, or for what is closed, passes by.
    """
    if key_result.facts.definition.kpi_id != command.kpi_id:
        return []
    if isinstance(command.cycle, CycleClosed):
        return []
    if isinstance(command.objective, ObjectiveClosed | Declined):
        return []
    if not command.cycle.facts.course.contains(command.observed_at):
        return []
    current = key_result.current
    if (
        current is not None
        and current.source == "kpi"
        and (current.observed_at, current.value) == (command.observed_at, command.value)
    ):
        return []
    observation = Observation(
        source="kpi",
        value=command.value,
        done=(),
        remark=key_result.remark,
        observed_at=command.observed_at,
        cause=command.cause,
    )
    return [*updates(observation, key_result, command.cycle)]
