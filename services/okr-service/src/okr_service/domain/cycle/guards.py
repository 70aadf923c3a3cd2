"""What a cycle's state allows to be written into it."""

from __future__ import annotations

from okr_service.domain.cycle.refusals import CycleIsClosed, CycleNotActive
from okr_service.domain.cycle.state import Closed, Cycle, Planning


def require_open(cycle: Cycle) -> None:
    """For plans and their steps: anything but closed. Raises `CycleIsClosed`."""
    if isinstance(cycle, Closed):
        raise CycleIsClosed(cycle.facts.cycle_id)


def require_running(cycle: Cycle) -> None:
    """For check-ins: active or in review. Raises `CycleIsClosed` or `CycleNotActive`."""
    require_open(cycle)
    if isinstance(cycle, Planning):
        raise CycleNotActive(cycle.facts.cycle_id)
