"""`planning -> active -> review -> closed`, and back to review by reopening."""

from __future__ import annotations

from typing import assert_never

from helmlog_events.contracts.okr import (
    CycleActivated,
    CycleClosed,
    CycleReopened,
    CycleReviewStarted,
)

from okr_service.domain.cycle.commands import ActivateCycle, CloseCycle, ReopenCycle, StartReview
from okr_service.domain.cycle.events import CycleEvent
from okr_service.domain.cycle.family import require_children_done, require_parent_open
from okr_service.domain.cycle.refusals import (
    CycleInReview,
    CycleIsClosed,
    CycleNotActive,
    CycleNotClosed,
)
from okr_service.domain.cycle.state import Active, Closed, Cycle, InReview, Planning


def activate(command: ActivateCycle, cycle: Cycle) -> list[CycleEvent]:
    match cycle:
        case Planning():
            require_parent_open(command.parent)
            return [CycleActivated(cycle_id=command.cycle_id, at=command.at)]
        case Active():
            return []
        case InReview():
            raise CycleInReview(command.cycle_id)
        case Closed():
            raise CycleIsClosed(command.cycle_id)
        case _ as unreachable:
            assert_never(unreachable)


def start_review(command: StartReview, cycle: Cycle) -> list[CycleEvent]:
    match cycle:
        case Planning():
            raise CycleNotActive(command.cycle_id)
        case Active():
            return [CycleReviewStarted(cycle_id=command.cycle_id, at=command.at)]
        case InReview():
            return []
        case Closed():
            raise CycleIsClosed(command.cycle_id)
        case _ as unreachable:
            assert_never(unreachable)


def close(command: CloseCycle, cycle: Cycle) -> list[CycleEvent]:
    """Whatever its objectives are at: those still open are the caller's to be told of."""
    closed = CycleClosed(cycle_id=command.cycle_id, at=command.at)
    match cycle:
        case Planning():
            raise CycleNotActive(command.cycle_id)
        case Active():
            require_children_done(command.children)
            # Every cycle goes through review; one closed at once has had a review of no length.
            return [CycleReviewStarted(cycle_id=command.cycle_id, at=command.at), closed]
        case InReview():
            require_children_done(command.children)
            return [closed]
        case Closed():
            return []
        case _ as unreachable:
            assert_never(unreachable)


def reopen(command: ReopenCycle, cycle: Cycle) -> list[CycleEvent]:
    match cycle:
        case Planning() | Active():
            raise CycleNotClosed(command.cycle_id)
        case InReview(facts) if facts.reopened:
            return []
        case InReview():
            raise CycleNotClosed(command.cycle_id)
        case Closed():
            require_parent_open(command.parent)
            return [CycleReopened(cycle_id=command.cycle_id, reason=command.reason, at=command.at)]
        case _ as unreachable:
            assert_never(unreachable)
