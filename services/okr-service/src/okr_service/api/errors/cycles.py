"""How refusals of cycles and their calendars look over HTTP."""

from __future__ import annotations

from typing import Final

from helmlog_web.problems import Refusals

from okr_service.api.errors.refused import refused
from okr_service.domain.cycle import refusals as cycle
from okr_service.domain.fiscal_calendar import refusals as fiscal_calendar

REFUSALS: Final[Refusals] = {
    cycle.UnknownCycle: refused("unknown-cycle", "There is no such cycle", "{}", status=404),
    cycle.CycleNameTaken: refused(
        "cycle-name-taken", "Another cycle has this name", "{}", pointer="name", status=409
    ),
    cycle.CycleEndsBeforeItStarts: refused(
        "cycle-ends-before-it-starts",
        "The cycle ends before it starts",
        "{} to {}",
        pointer="ends_on",
    ),
    cycle.CycleOutsideCalendar: refused(
        "cycle-outside-calendar", "A cycle lies in the years 1900 to 2999"
    ),
    cycle.UnknownTimezone: refused(
        "unknown-timezone", "The IANA database has no such timezone", "{}", pointer="timezone"
    ),
    cycle.CycleNotActive: refused("cycle-not-active", "The cycle is still being planned"),
    cycle.CycleInReview: refused("cycle-in-review", "The cycle is in review already"),
    cycle.CycleIsClosed: refused("cycle-closed", "The cycle is closed and takes no more writes"),
    cycle.CycleNotClosed: refused(
        "cycle-not-closed", "Only a closed cycle is reopened, or corrected late"
    ),
    cycle.UnknownParentCycle: refused(
        "unknown-parent-cycle", "There is no such cycle to lie in", "{}", pointer="parent_id"
    ),
    cycle.ParentCycleIsClosed: refused(
        "parent-cycle-closed", "The cycle it lies in is closed", "{}"
    ),
    cycle.OutsideParentCycle: refused(
        "outside-parent-cycle",
        "The dates lie outside of the cycle that it lies in",
        "{} is {} to {}",
        pointer="starts_on",
    ),
    cycle.ChildCycleOutside: refused(
        "child-cycle-outside",
        "A cycle that lies in this one would lie outside of it",
        "{} is {} to {}",
        pointer="ends_on",
    ),
    cycle.CycleNestsInItself: refused(
        "cycle-nests-in-itself", "A cycle cannot lie in itself", pointer="parent_id"
    ),
    cycle.ChildCyclesOpen: refused(
        "child-cycles-open", "Cycles that lie in this one are still running", "{}"
    ),
    cycle.ObjectivesOpen: refused("objectives-open", "Objectives are still open", "{}"),
    cycle.PlanSettled: refused(
        "cycle-plan-settled", "A cycle that runs changes its end and its name only", "{}"
    ),
    cycle.CycleEndsBeforeActivation: refused(
        "cycle-ends-before-activation",
        "The cycle was activated after that day",
        "{}, activated at {}",
        pointer="ends_on",
    ),
    cycle.SettingOutOfRange: refused(
        "setting-out-of-range", "The setting lies out of its range", "{}: {} is not {} to {}"
    ),
    cycle.PlannedStepsOutOfOrder: refused(
        "planned-steps-out-of-order",
        "Activation is planned before review, and closing not before it",
        "{}: {}, then {}",
    ),
    cycle.PlannedStepOutsideCycle: refused(
        "planned-step-outside-cycle",
        "Activation is planned before the end, review and closing after the start, all within a"
        " year of the dates",
        "{} at {}",
    ),
    fiscal_calendar.UnknownFiscalCalendar: refused(
        "unknown-fiscal-calendar", "There is no such fiscal calendar", "{}", status=404
    ),
    fiscal_calendar.PlannedByUnknownCalendar: refused(
        "unknown-fiscal-calendar",
        "There is no such fiscal calendar",
        "{}",
        pointer="fiscal/calendar",
    ),
    fiscal_calendar.WeekdayMissing: refused(
        "weekday-missing", "A year of weeks ends on a weekday", "{}", pointer="ends_on_weekday"
    ),
    fiscal_calendar.WeekdayUnsuited: refused(
        "weekday-unsuited",
        "A year of months ends with a month, on whatever weekday",
        "{}",
        pointer="ends_on_weekday",
    ),
}
