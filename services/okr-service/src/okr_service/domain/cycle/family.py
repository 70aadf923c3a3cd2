"""Cycles that lie in cycles, as quarters do in a year."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from helmlog_events.contracts.okr import ChildCycleAttached, ChildCycleDetached

from okr_service.domain.course import Course
from okr_service.domain.cycle.commands import AttachChild, DetachChild
from okr_service.domain.cycle.events import CycleEvent
from okr_service.domain.cycle.refusals import (
    ChildCycleOutside,
    ChildCyclesOpen,
    CycleNestsInItself,
    OutsideParentCycle,
    ParentCycleIsClosed,
)
from okr_service.domain.cycle.state import Active, Closed, Cycle, InReview


def attach(command: AttachChild, parent: Cycle) -> list[CycleEvent]:
    require_parent_open(parent)
    if command.child_id in parent.facts.child_ids:
        return []
    return [ChildCycleAttached(cycle_id=command.cycle_id, child_id=command.child_id)]


def detach(command: DetachChild, parent: Cycle) -> list[CycleEvent]:
    """From a closed parent too: what was only planned in it may still be done elsewhere."""
    if command.child_id not in parent.facts.child_ids:
        return []
    return [ChildCycleDetached(cycle_id=command.cycle_id, child_id=command.child_id)]


def require_parent_open(parent: Cycle | None) -> None:
    """For what joins a parent, or starts to run in it. Raises `ParentCycleIsClosed`."""
    if isinstance(parent, Closed):
        raise ParentCycleIsClosed(parent.facts.cycle_id)


def require_children_done(children: Iterable[Cycle]) -> None:
    """None is running; what was only planned does not hold its parent open.

    Raises `ChildCyclesOpen`.
    """
    running = [child.facts.name for child in children if isinstance(child, Active | InReview)]
    if running:
        raise ChildCyclesOpen(sorted(running))


def require_fit(course: Course, parent: Cycle | None, children: Iterable[Cycle]) -> None:
    """Dates lie within the parent's and around the children's, whatever their timezones.

    Raises `OutsideParentCycle` or `ChildCycleOutside`.
    """
    if parent is not None and not _within(course, parent.facts.course):
        outer = parent.facts.course
        raise OutsideParentCycle(parent.facts.name, outer.starts_on, outer.ends_on)
    for child in children:
        if not _within(child.facts.course, course):
            inner = child.facts.course
            raise ChildCycleOutside(child.facts.name, inner.starts_on, inner.ends_on)


def require_no_loop(cycle_id: UUID, ancestors: Iterable[UUID]) -> None:
    """Raises `CycleNestsInItself`."""
    if cycle_id in ancestors:
        raise CycleNestsInItself(cycle_id)


def _within(inner: Course, outer: Course) -> bool:
    return outer.starts_on <= inner.starts_on and inner.ends_on <= outer.ends_on
