from __future__ import annotations

from dataclasses import dataclass

from helmlog_events.contracts.okr import FiscalCalendarDefined

from okr_service.domain.fiscal_calendar.refusals import WeekdayMissing, WeekdayUnsuited
from okr_service.domain.fiscal_calendar.state import FiscalCalendarState


@dataclass(frozen=True, slots=True)
class DefineFiscalCalendar:
    """The whole definition; it replaces the one before."""

    definition: FiscalCalendarDefined


def decide(
    command: DefineFiscalCalendar, state: FiscalCalendarState
) -> list[FiscalCalendarDefined]:
    """Raises `WeekdayMissing` or `WeekdayUnsuited`."""
    definition = command.definition
    in_weeks = definition.pattern != "months"
    if in_weeks and definition.ends_on_weekday is None:
        raise WeekdayMissing(definition.pattern)
    if not in_weeks and definition.ends_on_weekday is not None:
        raise WeekdayUnsuited(definition.ends_on_weekday)
    return [] if definition == state else [definition]
