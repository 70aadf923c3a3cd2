from __future__ import annotations

from datetime import datetime
from typing import assert_never
from uuid import UUID

from okr_service.application.decided import Decided, decided
from okr_service.application.streams import Loaded, Streams, narrowed
from okr_service.domain.aggregates import CYCLE, OBJECTIVE
from okr_service.domain.course import Course
from okr_service.domain.cut import Cut
from okr_service.domain.cycle.refusals import UnknownCycle
from okr_service.domain.cycle.state import Cycle, NoCycle
from okr_service.domain.objective.decide import (
    AcceptObjective,
    CloseObjective,
    DeclineObjective,
    DraftObjective,
    ObjectiveStep,
    ProposeObjective,
    decide,
)
from okr_service.domain.objective.refusals import PlannedInUnknownCycle, UnknownObjective
from okr_service.domain.objective.state import NoObjective, Objective, ObjectiveState


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

    async def step(
        self, tenant: str, command: ObjectiveStep, now: datetime
    ) -> Decided[ObjectiveState]:
        """Raises the refusals of `decide`."""
        loaded = await self._streams.load(OBJECTIVE, tenant, command.objective_id)
        at = _true_since(command, command.cycle.facts.course, now)
        if loaded.last_at is not None:
            at = max(at, loaded.last_at)  # a step is not true before what it follows
        return decided(OBJECTIVE, loaded, decide(command, loaded.state), at)


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


def _true_since(command: ObjectiveStep, course: Course, now: datetime) -> datetime:
    match command:
        case ProposeObjective() | AcceptObjective() | DeclineObjective():
            return course.begun_at(now)
        case CloseObjective():
            return course.ended_at(now)
        case _ as unreachable:
            assert_never(unreachable)
