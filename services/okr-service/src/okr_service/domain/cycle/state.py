"""`planning -> active -> review -> closed`, and back to review by reopening."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, assert_never
from uuid import UUID

from helmlog_events.contracts.okr import (
    CycleActivated,
    CycleClosed,
    CycleKind,
    CycleOpened,
    CycleReopened,
    CycleReviewStarted,
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
            course = Course(event.starts_on, event.ends_on, event.timezone)
            return Planning(CycleFacts(event.cycle_id, event.name, event.kind, course))
        case CycleActivated():
            return Active(_facts(state))
        case CycleReviewStarted():
            return InReview(_facts(state))
        case CycleClosed():
            return Closed(_facts(state))
        case CycleReopened():
            return InReview(_reopened(_facts(state)))
        case _ as unreachable:
            assert_never(unreachable)


def _facts(state: CycleState) -> CycleFacts:
    if isinstance(state, NoCycle):
        raise TypeError("the stream of a cycle begins with CycleOpened")
    return state.facts


def _reopened(facts: CycleFacts) -> CycleFacts:
    return CycleFacts(facts.cycle_id, facts.name, facts.kind, facts.course, reopened=True)
