"""Which settings a cycle can be run by."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from helmlog_events.contracts.okr import CycleSettings

from okr_service.domain.course import Course
from okr_service.domain.cycle.refusals import (
    PlannedStepOutsideCycle,
    PlannedStepsOutOfOrder,
    SettingOutOfRange,
)
from okr_service.domain.cycle.schedule import scheduled

_DAYS: Final = {"cadence_days": (1, 366), "grace_days": (0, 60), "review_days": (0, 180)}
_FURTHEST: Final = timedelta(days=366)
"""How far from the cycle's dates a step may be planned: further is a slip of the hand."""


def require_sensible(settings: CycleSettings, course: Course) -> None:
    """Raises `SettingOutOfRange`, `PlannedStepsOutOfOrder` or `PlannedStepOutsideCycle`."""
    for field, (low, high) in _DAYS.items():
        days = getattr(settings, field)
        if not low <= days <= high:
            raise SettingOutOfRange(field, days, low, high)
    if not 0 <= settings.behind_gap <= 1:
        raise SettingOutOfRange("behind_gap", settings.behind_gap, 0, 1)
    if not 0 <= settings.on_track_gap <= settings.behind_gap:
        raise SettingOutOfRange("on_track_gap", settings.on_track_gap, 0, settings.behind_gap)
    _require_order(settings, course)


def _require_order(settings: CycleSettings, course: Course) -> None:
    plan = scheduled(course, settings)
    earliest, latest = course.starts_at - _FURTHEST, course.ends_at + _FURTHEST
    if not earliest <= plan.activates_at < course.ends_at:
        raise PlannedStepOutsideCycle("activates_at", plan.activates_at)
    if not course.starts_at < plan.reviews_at <= latest:
        raise PlannedStepOutsideCycle("reviews_at", plan.reviews_at)
    if plan.closes_at > latest:
        raise PlannedStepOutsideCycle("closes_at", plan.closes_at)
    if plan.activates_at >= plan.reviews_at:
        raise PlannedStepsOutOfOrder("reviews_at", plan.activates_at, plan.reviews_at)
    if plan.reviews_at > plan.closes_at:
        raise PlannedStepsOutOfOrder("closes_at", plan.reviews_at, plan.closes_at)
