from __future__ import annotations

from datetime import datetime
from typing import assert_never
from uuid import UUID

from okr_service.application.decided import Decided, decided
from okr_service.application.streams import Loaded, Streams, narrowed
from okr_service.domain.aggregates import CYCLE, OBJECTIVE
from okr_service.domain.cut import Cut
from okr_service.domain.cycle.refusals import UnknownCycle
from okr_service.domain.cycle.state import Cycle, NoCycle, Planning
from okr_service.domain.objective.check_in import CheckInObjective
from okr_service.domain.objective.decide import (
    AcceptObjective,
    DeclineObjective,
    DraftObjective,
    ObjectiveStep,
    ProposeObjective,
    decide,
)
from okr_service.domain.objective.refusals import PlannedInUnknownCycle, UnknownObjective
from okr_service.domain.objective.revise import ReviseObjective
from okr_service.domain.objective.state import NoObjective, Objective, ObjectiveState

SingleStep = ObjectiveStep | ReviseObjective | CheckInObjective
"""What is decided on the objective and its cycle alone."""


class ObjectiveHandlers:
    def __init__(self, streams: Streams) -> None:
        self._streams = streams

    async def cycle_to_plan_in(self, tenant: str, cycle_id: UUID) -> Loaded[Cycle]:
        """Raises `PlannedInUnknownCycle`."""
        loaded = await self._streams.load(CYCLE, tenant, cycle_id)
        if isinstance(loaded.state, NoCycle):
            raise PlannedInUnknownCycle(cycle_id)
        return narrowed(loaded, loaded.state)

    async def draft(
        self, tenant: str, command: DraftObjective, now: datetime
    ) -> Decided[ObjectiveState]:
        """Raises the refusals of `decide`."""
        loaded = await self._streams.load(OBJECTIVE, tenant, command.objective_id)
        course = command.cycle.facts.course
        return decided(OBJECTIVE, loaded, decide(command, loaded.state), course.defined_at(now))


def decide_step(
    objective: Loaded[Objective], command: SingleStep, now: datetime
) -> Decided[ObjectiveState]:
    """On the objective as it was loaded for the command. Raises the refusals of `decide`."""
    at = _true_since(command, now)
    if objective.last_at is not None:
        at = max(at, objective.last_at)  # a step is not true before what it follows
    return decided(OBJECTIVE, objective, decide(command, objective.state), at)


def existing_objective(result: Decided[ObjectiveState]) -> Objective:
    """The objective that a decided command leaves behind."""
    if isinstance(result.state, NoObjective):
        raise TypeError("a decided command leaves an objective behind")
    return result.state


async def load_objective(
    streams: Streams, tenant: str, objective_id: UUID, cut: Cut
) -> tuple[Loaded[Objective], Loaded[Cycle]]:
    """The objective and its cycle within `cut`; raises `UnknownObjective`."""
    loaded = await streams.load_at(OBJECTIVE, tenant, objective_id, cut)
    if isinstance(loaded.state, NoObjective):
        raise UnknownObjective(objective_id)
    objective = loaded.state
    cycle = await streams.load_at(CYCLE, tenant, objective.facts.cycle_id, cut)
    if isinstance(cycle.state, NoCycle):
        raise UnknownCycle(objective.facts.cycle_id)
    return narrowed(loaded, objective), narrowed(cycle, cycle.state)


def _true_since(command: SingleStep, now: datetime) -> datetime:
    course = command.cycle.facts.course
    match command:
        case ProposeObjective() | AcceptObjective() | DeclineObjective():
            return course.begun_at(now)
        case ReviseObjective(cycle=Planning()):
            return course.defined_at(now)
        case ReviseObjective() | CheckInObjective():
            # A check-in is true since it was observed; here it is only not in the way.
            return course.ended_at(now)
        case _ as unreachable:
            assert_never(unreachable)
