"""A fiscal calendar is what it was last defined as; cycles cut from it keep their dates."""

from __future__ import annotations

from dataclasses import dataclass

from helmlog_events.contracts.okr import FiscalCalendarDefined


@dataclass(frozen=True, slots=True)
class NoFiscalCalendar:
    """None was defined under this slug."""


FiscalCalendarState = NoFiscalCalendar | FiscalCalendarDefined


def initial_state() -> FiscalCalendarState:
    return NoFiscalCalendar()


def evolve(_: FiscalCalendarState, event: FiscalCalendarDefined) -> FiscalCalendarState:
    return event
