from __future__ import annotations

from typing import assert_never

from okr_service.domain.cycle.commands import (
    ActivateCycle,
    AttachChild,
    ChangeSettings,
    CloseCycle,
    CycleCommand,
    DetachChild,
    OpenCycle,
    ReopenCycle,
    ReviseCycle,
    StartReview,
)
from okr_service.domain.cycle.events import CycleEvent
from okr_service.domain.cycle.family import attach, detach
from okr_service.domain.cycle.plan import change_settings, open_cycle, revise
from okr_service.domain.cycle.refusals import UnknownCycle, UnknownParentCycle
from okr_service.domain.cycle.state import CycleState, NoCycle
from okr_service.domain.cycle.steps import activate, close, reopen, start_review


def decide(command: CycleCommand, state: CycleState) -> list[CycleEvent]:
    """Raises the refusals of `okr_service.domain.cycle.refusals`."""
    if isinstance(command, OpenCycle):
        return open_cycle(command) if isinstance(state, NoCycle) else []
    if isinstance(state, NoCycle):
        if isinstance(command, AttachChild):
            raise UnknownParentCycle(command.cycle_id)
        raise UnknownCycle(command.cycle_id)
    match command:
        case ReviseCycle():
            return revise(command, state)
        case ChangeSettings():
            return change_settings(command, state)
        case AttachChild():
            return attach(command, state)
        case DetachChild():
            return detach(command, state)
        case ActivateCycle():
            return activate(command, state)
        case StartReview():
            return start_review(command, state)
        case CloseCycle():
            return close(command, state)
        case ReopenCycle():
            return reopen(command, state)
        case _ as unreachable:
            assert_never(unreachable)
