"""When a check-in is due: whoever has not been heard of for a cadence owes one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from helmlog_events.ids import created_at

from okr_service.domain.cycle import state as cycle_state
from okr_service.domain.cycle.state import Cycle
from okr_service.domain.objective import state as objective_state
from okr_service.domain.objective.state import Objective
from okr_service.domain.sheet import KeyResultSheet


@dataclass(frozen=True, slots=True)
class DueCheckIn:
    """Owed since `due_at`; `silent_since` is when it was last heard of, or came to be."""

    due_at: datetime
    last_heard_at: datetime | None
    silent_since: datetime
    cadence: timedelta

    def latest(self, moment: datetime) -> datetime | None:
        """The last instant up to `moment` at which a cadence had passed; none: not due yet."""
        cadences = (moment - self.silent_since) // self.cadence
        return self.silent_since + cadences * self.cadence if cadences > 0 else None

    def following(self, reminded_of: datetime | None) -> datetime:
        """The first instant of which nobody was reminded yet."""
        if reminded_of is None or reminded_of < self.due_at:
            return self.due_at
        cadences = (reminded_of - self.silent_since) // self.cadence + 1
        return self.silent_since + cadences * self.cadence


def due_check_in(sheet: KeyResultSheet, objective: Objective, cycle: Cycle) -> DueCheckIn | None:
    """None where nothing is owed: before activation and from review on, for objectives that are
    not active, for what was cancelled, and beyond the cycle's end.

    A key result that follows a KPI is heard of by its values, so it is due when those stop.
    """
    if not isinstance(cycle, cycle_state.Active) or sheet.cancelled is not None:
        return None
    if not isinstance(objective, objective_state.Active):
        return None
    course, settings = cycle.facts.course, cycle.facts.settings
    heard_at = _heard_at(sheet)
    silent_since = heard_at or course.clock(_began(sheet, cycle))
    days = objective.facts.definition.cadence_days or settings.cadence_days
    cadence = timedelta(days=days)
    due_at = silent_since + cadence
    if due_at >= course.ends_at:
        return None
    return DueCheckIn(due_at, heard_at, silent_since, cadence)


def _heard_at(sheet: KeyResultSheet) -> datetime | None:
    told = [said.observed_at for said in (sheet.current, sheet.remark) if said is not None]
    return max(told, default=None)


def _began(sheet: KeyResultSheet, cycle: Cycle) -> datetime:
    """When the cycle was activated, or the key result came to be: whichever was later."""
    activated_at = cycle.facts.activated_at or cycle.facts.course.starts_at
    return max(activated_at, created_at(sheet.facts.key_result_id) or activated_at)
