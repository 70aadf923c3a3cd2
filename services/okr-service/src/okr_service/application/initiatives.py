from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import assert_never
from uuid import UUID

from helmlog_events.envelope import StreamWrite

from okr_service.application.decided import Decided, decided
from okr_service.application.key_results import load_key_result
from okr_service.application.streams import Loaded, Streams, narrowed
from okr_service.domain.aggregates import INITIATIVE
from okr_service.domain.course import Course
from okr_service.domain.cut import Cut
from okr_service.domain.cycle.state import Cycle
from okr_service.domain.initiative.commands import (
    CancelInitiative,
    FinishInitiative,
    InitiativeCommand,
    PlanInitiative,
    Purpose,
    ResumeInitiative,
    ReviseInitiative,
    StartInitiative,
)
from okr_service.domain.initiative.decide import decide
from okr_service.domain.initiative.refusals import UnknownInitiative
from okr_service.domain.initiative.state import Initiative, InitiativeState, NoInitiative
from okr_service.domain.key_result.state import KeyResult
from okr_service.domain.objective.state import Objective


@dataclass(frozen=True, slots=True)
class LoadedPurpose:
    """A key result with its objective and its cycle, each at its version."""

    key_result: Loaded[KeyResult]
    objective: Loaded[Objective]
    cycle: Loaded[Cycle]

    @property
    def purpose(self) -> Purpose:
        return Purpose(self.key_result.state, self.objective.state, self.cycle.state)

    @property
    def guards(self) -> tuple[StreamWrite, ...]:
        return self.key_result.guard, self.objective.guard, self.cycle.guard


class InitiativeHandlers:
    def __init__(self, streams: Streams) -> None:
        self._streams = streams

    async def handle(
        self, tenant: str, command: InitiativeCommand, now: datetime
    ) -> Decided[InitiativeState]:
        """Raises the refusals of `decide`."""
        loaded = await self._streams.load(INITIATIVE, tenant, command.initiative_id)
        at = _true_since(command, command.purpose.cycle.facts.course, now)
        if loaded.last_at is not None:
            at = max(at, loaded.last_at)  # a step is not true before what it follows
        return decided(INITIATIVE, loaded, decide(command, loaded.state), at)


async def load_purpose(
    streams: Streams, tenant: str, key_result_id: UUID, cut: Cut
) -> LoadedPurpose:
    """Raises `UnknownKeyResult`."""
    return LoadedPurpose(*await load_key_result(streams, tenant, key_result_id, cut))


async def load_initiative(
    streams: Streams, tenant: str, initiative_id: UUID, cut: Cut
) -> tuple[Loaded[Initiative], LoadedPurpose]:
    """The initiative and what it is for, within `cut`; raises `UnknownInitiative`."""
    loaded = await streams.load_at(INITIATIVE, tenant, initiative_id, cut)
    if isinstance(loaded.state, NoInitiative):
        raise UnknownInitiative(initiative_id)
    initiative = loaded.state
    purpose = await load_purpose(streams, tenant, initiative.facts.key_result_id, cut)
    return narrowed(loaded, initiative), purpose


def _true_since(command: InitiativeCommand, course: Course, now: datetime) -> datetime:
    match command:
        case PlanInitiative():
            return course.defined_at(now)
        case ReviseInitiative() | StartInitiative():
            return course.begun_at(now)
        case FinishInitiative() | CancelInitiative() | ResumeInitiative():
            return course.ended_at(now)
        case _ as unreachable:
            assert_never(unreachable)
