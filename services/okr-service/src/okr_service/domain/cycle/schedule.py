"""When the steps of a cycle are planned, and which one comes next by itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, assert_never

from helmlog_events.contracts.okr import CycleSettings

from okr_service.domain.course import Course
from okr_service.domain.cycle.state import Active, Closed, Cycle, InReview, Planning

StepName = Literal["activate", "review", "close"]


@dataclass(frozen=True, slots=True)
class Schedule:
    activates_at: datetime
    reviews_at: datetime
    closes_at: datetime


@dataclass(frozen=True, slots=True)
class PlannedStep:
    name: StepName
    due_at: datetime


def scheduled(course: Course, settings: CycleSettings) -> Schedule:
    """As set, and where nothing is set: first moment, end, and `review_days` after the end."""
    review_ends_on = course.ends_on + timedelta(days=settings.review_days)
    return Schedule(
        activates_at=settings.activates_at or course.starts_at,
        reviews_at=settings.reviews_at or course.ends_at,
        closes_at=settings.closes_at or course.end_of(review_ends_on),
    )


def next_step(cycle: Cycle) -> PlannedStep | None:
    """The step that the cycle takes by itself; none where steps are taken by hand.

    Who reopens a cycle closes it: it would otherwise be shut in their face.
    """
    facts = cycle.facts
    if facts.settings.transitions == "manual":
        return None
    plan = scheduled(facts.course, facts.settings)
    match cycle:
        case Planning():
            return PlannedStep("activate", plan.activates_at)
        case Active():
            return PlannedStep("review", plan.reviews_at)
        case InReview():
            return None if facts.reopened else PlannedStep("close", plan.closes_at)
        case Closed():
            return None
        case _ as unreachable:
            assert_never(unreachable)
