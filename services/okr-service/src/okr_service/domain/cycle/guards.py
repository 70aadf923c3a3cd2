"""What a cycle's state allows to be written into it."""

from __future__ import annotations

from typing import TypedDict
from uuid import UUID

from okr_service.domain.cycle.refusals import CycleIsClosed, CycleNotActive, CycleNotClosed
from okr_service.domain.cycle.state import Closed, Cycle, Planning


class WorkMarks(TypedDict):
    """What every event of a cycle's work says of the cycle."""

    cycle_id: UUID
    after_reopening: bool
    late_correction: bool


def mark_work(cycle: Cycle, *, late_correction: bool = False) -> WorkMarks:
    """The marks of what is about to be written into `cycle`.

    A closed cycle takes nothing but a late correction, and no other cycle takes one. Raises
    `CycleIsClosed` or `CycleNotClosed`.
    """
    closed = isinstance(cycle, Closed)
    if closed and not late_correction:
        raise CycleIsClosed(cycle.facts.cycle_id)
    if late_correction and not closed:
        raise CycleNotClosed(cycle.facts.cycle_id)
    return WorkMarks(
        cycle_id=cycle.facts.cycle_id,
        after_reopening=cycle.facts.reopened,
        late_correction=late_correction,
    )


def require_open(cycle: Cycle) -> None:
    """For plans and their steps: anything but closed. Raises `CycleIsClosed`."""
    mark_work(cycle)


def require_running(cycle: Cycle) -> None:
    """For check-ins: active or in review. Raises `CycleIsClosed` or `CycleNotActive`."""
    require_open(cycle)
    if isinstance(cycle, Planning):
        raise CycleNotActive(cycle.facts.cycle_id)
