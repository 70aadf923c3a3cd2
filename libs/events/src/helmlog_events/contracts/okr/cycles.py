"""Cycles, their settings, and the fiscal calendars they are cut from."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Literal
from uuid import UUID

from helmlog_events.contracts.event import Event, Part, event
from helmlog_events.contracts.okr.work import upcast_with
from helmlog_events.values import Instant, Number

CycleKind = Literal["quarter", "year", "custom"]
Transitions = Literal["manual", "automatic"]
FiscalPattern = Literal["months", "4-4-5", "4-5-4", "5-4-4"]
Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]


class CycleSettings(Part):
    """How a cycle is run and judged.

    Gaps are shares of 1 that progress may stay behind what is expected; the bounds themselves
    belong to the better status. Silence is *outdated* after the cadence and `grace_days`.
    Automatic transitions happen at the planned instants: by default activation at the cycle's first
    moment, review at its end, closing `review_days` later.
    """

    cadence_days: int = 7
    grace_days: int = 3
    on_track_gap: Number = Decimal("0.10")
    behind_gap: Number = Decimal("0.25")
    transitions: Transitions = "manual"
    review_days: int = 14
    activates_at: Instant | None = None
    reviews_at: Instant | None = None
    closes_at: Instant | None = None


class FiscalPeriod(Part):
    """Where a cycle lies in a fiscal calendar; `quarter` is none for a whole year."""

    calendar: str
    year: int
    quarter: int | None = None


class CyclePlan(Part):
    name: str
    kind: CycleKind
    starts_on: date
    ends_on: date
    timezone: str
    parent_id: UUID | None = None


@event("CycleOpened", version=2)
class CycleOpened(Event):
    """Dates are inclusive, in `timezone`; `parent_id` is the cycle it lies in."""

    cycle_id: UUID
    name: str
    kind: CycleKind
    starts_on: date
    ends_on: date
    timezone: str
    parent_id: UUID | None = None
    fiscal: FiscalPeriod | None = None
    settings: CycleSettings = CycleSettings()


@event("CycleRevised")
class CycleRevised(Event):
    cycle_id: UUID
    reason: str
    before: CyclePlan
    after: CyclePlan


@event("CycleSettingsChanged")
class CycleSettingsChanged(Event):
    """Holds from the envelope's `occurred_at` on; what was judged before stays judged so."""

    cycle_id: UUID
    reason: str
    before: CycleSettings
    after: CycleSettings


@event("CycleActivated", version=2)
class CycleActivated(Event):
    """`at` is the actual moment; none where an old event did not say it. So for each step."""

    cycle_id: UUID
    at: Instant | None = None


@event("CycleReviewStarted", version=2)
class CycleReviewStarted(Event):
    cycle_id: UUID
    at: Instant | None = None


@event("CycleClosed", version=2)
class CycleClosed(Event):
    cycle_id: UUID
    at: Instant | None = None


@event("CycleReopened", version=2)
class CycleReopened(Event):
    cycle_id: UUID
    reason: str
    at: Instant | None = None


@event("FiscalCalendarDefined")
class FiscalCalendarDefined(Event):
    """A year of twelve months from `first_month`, or of 52 or 53 weeks in a pattern of weeks.

    A year is named by the calendar year it starts or ends in. In a pattern of weeks it ends on the
    last `ends_on_weekday` of the month before `first_month`.
    """

    slug: str
    name: str
    pattern: FiscalPattern
    first_month: int
    named_by: Literal["start", "end"]
    ends_on_weekday: Weekday | None = None


upcast_with("CycleOpened", fiscal=None, settings=CycleSettings().model_dump(mode="json"))
for _step in ("CycleActivated", "CycleReviewStarted", "CycleClosed", "CycleReopened"):
    upcast_with(_step, at=None)
