from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import assert_never
from uuid import UUID

from helmlog_events.contracts.okr import (
    CycleActivated,
    CycleClosed,
    CycleKind,
    CycleOpened,
    CycleReopened,
    CycleReviewStarted,
)

from okr_service.domain.course import is_timezone
from okr_service.domain.cycle.events import CycleEvent
from okr_service.domain.cycle.refusals import (
    CycleEndsBeforeItStarts,
    CycleInReview,
    CycleIsClosed,
    CycleNotActive,
    CycleNotClosed,
    CycleOutsideCalendar,
    UnknownCycle,
    UnknownTimezone,
)
from okr_service.domain.cycle.state import (
    Active,
    Closed,
    CycleState,
    InReview,
    NoCycle,
    Planning,
)

FIRST_YEAR = 1900
LAST_YEAR = 2999


@dataclass(frozen=True, slots=True)
class OpenCycle:
    """Past, present or future dates; backfilling last year's quarters is ordinary use."""

    cycle_id: UUID
    name: str
    kind: CycleKind
    starts_on: date
    ends_on: date
    timezone: str


@dataclass(frozen=True, slots=True)
class ActivateCycle:
    cycle_id: UUID


@dataclass(frozen=True, slots=True)
class StartReview:
    cycle_id: UUID


@dataclass(frozen=True, slots=True)
class CloseCycle:
    cycle_id: UUID


@dataclass(frozen=True, slots=True)
class ReopenCycle:
    cycle_id: UUID
    reason: str


CycleStep = ActivateCycle | StartReview | CloseCycle | ReopenCycle
CycleCommand = OpenCycle | CycleStep


def decide(command: CycleCommand, state: CycleState) -> list[CycleEvent]:
    """Raises the refusals of `okr_service.domain.cycle.refusals`."""
    match command:
        case OpenCycle():
            return _open(command, state)
        case ActivateCycle():
            return _activate(command, state)
        case StartReview():
            return _start_review(command, state)
        case CloseCycle():
            return _close(command, state)
        case ReopenCycle():
            return _reopen(command, state)
        case _ as unreachable:
            assert_never(unreachable)


def _open(command: OpenCycle, state: CycleState) -> list[CycleEvent]:
    if not isinstance(state, NoCycle):
        return []
    for day in (command.starts_on, command.ends_on):
        if not FIRST_YEAR <= day.year <= LAST_YEAR:
            raise CycleOutsideCalendar(day)
    if command.ends_on < command.starts_on:
        raise CycleEndsBeforeItStarts(command.starts_on, command.ends_on)
    if not is_timezone(command.timezone):
        raise UnknownTimezone(command.timezone)
    return [
        CycleOpened(
            cycle_id=command.cycle_id,
            name=command.name,
            kind=command.kind,
            starts_on=command.starts_on,
            ends_on=command.ends_on,
            timezone=command.timezone,
        )
    ]


def _activate(command: ActivateCycle, state: CycleState) -> list[CycleEvent]:
    match state:
        case NoCycle():
            raise UnknownCycle(command.cycle_id)
        case Planning():
            return [CycleActivated(cycle_id=command.cycle_id)]
        case Active():
            return []
        case InReview():
            raise CycleInReview(command.cycle_id)
        case Closed():
            raise CycleIsClosed(command.cycle_id)
        case _ as unreachable:
            assert_never(unreachable)


def _start_review(command: StartReview, state: CycleState) -> list[CycleEvent]:
    match state:
        case NoCycle():
            raise UnknownCycle(command.cycle_id)
        case Planning():
            raise CycleNotActive(command.cycle_id)
        case Active():
            return [CycleReviewStarted(cycle_id=command.cycle_id)]
        case InReview():
            return []
        case Closed():
            raise CycleIsClosed(command.cycle_id)
        case _ as unreachable:
            assert_never(unreachable)


def _close(command: CloseCycle, state: CycleState) -> list[CycleEvent]:
    closed = CycleClosed(cycle_id=command.cycle_id)
    match state:
        case NoCycle():
            raise UnknownCycle(command.cycle_id)
        case Planning():
            raise CycleNotActive(command.cycle_id)
        case Active():
            # Every cycle goes through review; one closed at once has had a review of no length.
            return [CycleReviewStarted(cycle_id=command.cycle_id), closed]
        case InReview():
            return [closed]
        case Closed():
            return []
        case _ as unreachable:
            assert_never(unreachable)


def _reopen(command: ReopenCycle, state: CycleState) -> list[CycleEvent]:
    match state:
        case NoCycle():
            raise UnknownCycle(command.cycle_id)
        case Planning() | Active():
            raise CycleNotClosed(command.cycle_id)
        case InReview(facts) if facts.reopened:
            return []
        case InReview():
            raise CycleNotClosed(command.cycle_id)
        case Closed():
            return [CycleReopened(cycle_id=command.cycle_id, reason=command.reason)]
        case _ as unreachable:
            assert_never(unreachable)
