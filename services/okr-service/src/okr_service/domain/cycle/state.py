"""`planning -> active -> review -> closed`, and back to review by reopening."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal, assert_never
from uuid import UUID

from helmlog_events.contracts.okr import (
    CycleActivated,
    CycleClosed,
    CycleKind,
    CycleOpened,
    CycleReopened,
    CycleReviewStarted,
    CycleRevised,
    CycleSettings,
    CycleSettingsChanged,
    FiscalPeriod,
)

from okr_service.domain.course import Course
from okr_service.domain.cycle.events import CycleEvent

CycleStateName = Literal["planning", "active", "review", "closed"]


@dataclass(frozen=True, slots=True)
class CycleFacts:
    cycle_id: UUID
    name: str
    kind: CycleKind
    course: Course
    settings: CycleSettings
    parent_id: UUID | None = None
    fiscal: FiscalPeriod | None = None
    activated_at: datetime | None = None
    review_started_at: datetime | None = None
    closed_at: datetime | None = None
    reopened: bool = False
    """Whether it was ever closed and reopened: marked on everything after it."""


@dataclass(frozen=True, slots=True)
class NoCycle:
    """Nothing was opened under this id."""


@dataclass(frozen=True, slots=True)
class Planning:
    facts: CycleFacts


@dataclass(frozen=True, slots=True)
class Active:
    facts: CycleFacts


@dataclass(frozen=True, slots=True)
class InReview:
    facts: CycleFacts


@dataclass(frozen=True, slots=True)
class Closed:
    facts: CycleFacts


Cycle = Planning | Active | InReview | Closed
CycleState = NoCycle | Cycle


def state_name(cycle: Cycle) -> CycleStateName:
    match cycle:
        case Planning():
            return "planning"
        case Active():
            return "active"
        case InReview():
            return "review"
        case Closed():
            return "closed"
        case _ as unreachable:
            assert_never(unreachable)


def initial_state() -> CycleState:
    return NoCycle()


def evolve(state: CycleState, event: CycleEvent) -> CycleState:
    match event:
        case CycleOpened():
            return Planning(_opened(event))
        case CycleRevised():
            return _with(state, _revised(_facts(state), event))
        case CycleSettingsChanged():
            return _with(state, replace(_facts(state), settings=event.after))
        case CycleActivated():
            return Active(replace(_facts(state), activated_at=event.at))
        case CycleReviewStarted():
            return InReview(replace(_facts(state), review_started_at=event.at))
        case CycleClosed():
            return Closed(replace(_facts(state), closed_at=event.at))
        case CycleReopened():
            return InReview(replace(_facts(state), closed_at=None, reopened=True))
        case _ as unreachable:
            assert_never(unreachable)


def _facts(state: CycleState) -> CycleFacts:
    if isinstance(state, NoCycle):
        raise TypeError("the stream of a cycle begins with CycleOpened")
    return state.facts


def _opened(event: CycleOpened) -> CycleFacts:
    return CycleFacts(
        cycle_id=event.cycle_id,
        name=event.name,
        kind=event.kind,
        course=Course(event.starts_on, event.ends_on, event.timezone),
        settings=event.settings,
        parent_id=event.parent_id,
        fiscal=event.fiscal,
    )


def _revised(facts: CycleFacts, event: CycleRevised) -> CycleFacts:
    plan = event.after
    return replace(
        facts,
        name=plan.name,
        kind=plan.kind,
        course=Course(plan.starts_on, plan.ends_on, plan.timezone),
        parent_id=plan.parent_id,
    )


def _with(state: CycleState, facts: CycleFacts) -> Cycle:
    if isinstance(state, NoCycle):
        raise TypeError("the stream of a cycle begins with CycleOpened")
    return replace(state, facts=facts)
