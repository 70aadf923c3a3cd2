"""What a cycle is planned to be: opened, revised, and run by settings."""

from __future__ import annotations

from helmlog_events.contracts.okr import (
    CycleOpened,
    CyclePlan,
    CycleRevised,
    CycleSettingsChanged,
)

from okr_service.domain.course import Course, is_timezone
from okr_service.domain.cycle.commands import ChangeSettings, OpenCycle, ReviseCycle
from okr_service.domain.cycle.events import CycleEvent
from okr_service.domain.cycle.family import require_fit, require_no_loop, require_parent_open
from okr_service.domain.cycle.guards import require_open
from okr_service.domain.cycle.refusals import (
    CycleEndsBeforeActivation,
    CycleEndsBeforeItStarts,
    CycleOutsideCalendar,
    PlanSettled,
    UnknownTimezone,
)
from okr_service.domain.cycle.settings import require_sensible
from okr_service.domain.cycle.state import Cycle, CycleFacts, Planning

FIRST_YEAR = 1900
LAST_YEAR = 2999
_REVISED_WHILE_RUNNING = frozenset({"name", "ends_on"})


def plan_of(facts: CycleFacts) -> CyclePlan:
    return CyclePlan(
        name=facts.name,
        kind=facts.kind,
        starts_on=facts.course.starts_on,
        ends_on=facts.course.ends_on,
        timezone=facts.course.timezone,
        parent_id=facts.parent_id,
    )


def open_cycle(command: OpenCycle) -> list[CycleEvent]:
    course = Course(command.starts_on, command.ends_on, command.timezone)
    _require_dates(course)
    require_parent_open(command.parent)
    require_fit(course, command.parent, ())
    require_sensible(command.settings, course)
    return [
        CycleOpened(
            cycle_id=command.cycle_id,
            name=command.name,
            kind=command.kind,
            starts_on=command.starts_on,
            ends_on=command.ends_on,
            timezone=command.timezone,
            parent_id=None if command.parent is None else command.parent.facts.cycle_id,
            fiscal=command.fiscal,
            settings=command.settings,
        )
    ]


def revise(command: ReviseCycle, cycle: Cycle) -> list[CycleEvent]:
    """A cycle that runs keeps what it began with; its end and its name may still change.

    What was checked in stays in its history, also where it then lies outside of the dates.
    """
    before, after = plan_of(cycle.facts), command.plan
    changed = {name for name in CyclePlan.model_fields if _differ(before, after, name)}
    require_open(cycle)
    if not changed:
        return []
    if not isinstance(cycle, Planning):
        for field in sorted(changed - _REVISED_WHILE_RUNNING):
            raise PlanSettled(field)
    course = Course(after.starts_on, after.ends_on, after.timezone)
    _require_dates(course)
    if "parent_id" in changed:
        require_no_loop(command.cycle_id, command.ancestors)
        require_parent_open(command.parent)
    if changed != {"name"}:
        _require_activation_within(course, cycle.facts)
        require_fit(course, command.parent, command.children)
        require_sensible(cycle.facts.settings, course)
    return [
        CycleRevised(cycle_id=command.cycle_id, reason=command.reason, before=before, after=after)
    ]


def change_settings(command: ChangeSettings, cycle: Cycle) -> list[CycleEvent]:
    require_open(cycle)
    before, after = cycle.facts.settings, command.settings
    if after == before:
        return []
    require_sensible(after, cycle.facts.course)
    return [
        CycleSettingsChanged(
            cycle_id=command.cycle_id, reason=command.reason, before=before, after=after
        )
    ]


def _differ(before: CyclePlan, after: CyclePlan, field: str) -> bool:
    return bool(getattr(before, field) != getattr(after, field))


def _require_dates(course: Course) -> None:
    for day in (course.starts_on, course.ends_on):
        if not FIRST_YEAR <= day.year <= LAST_YEAR:
            raise CycleOutsideCalendar(day)
    if course.ends_on < course.starts_on:
        raise CycleEndsBeforeItStarts(course.starts_on, course.ends_on)
    if not is_timezone(course.timezone):
        raise UnknownTimezone(course.timezone)


def _require_activation_within(course: Course, facts: CycleFacts) -> None:
    """One told of after the cycle's end is no obstacle: it is true since the start."""
    if facts.activated_at is None:
        return
    if course.ends_at <= facts.course.begun_at(facts.activated_at):
        raise CycleEndsBeforeActivation(course.ends_on, facts.activated_at)
