"""A cycle's steps, whoever takes them: a person, or time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol, TypeVar, assert_never
from uuid import UUID

from helmlog_events.envelope import StreamWrite

from okr_service.application.decided import Decided, decided
from okr_service.application.streams import Loaded
from okr_service.domain.aggregates import CYCLE, Aggregate
from okr_service.domain.course import Course
from okr_service.domain.cycle.commands import (
    ActivateCycle,
    CloseCycle,
    CycleStep,
    ReopenCycle,
    StartReview,
)
from okr_service.domain.cycle.decide import decide
from okr_service.domain.cycle.state import Cycle, CycleState, NoCycle

State = TypeVar("State")


class Load(Protocol):
    """How states are loaded: as they stand, or within a transaction."""

    async def __call__(
        self, aggregate: Aggregate[State], tenant: str, key: UUID, /
    ) -> Loaded[State]: ...


@dataclass(frozen=True, slots=True)
class Kin:
    """The cycles around a cycle that a decision rests on."""

    cycles: tuple[Cycle, ...]
    guards: tuple[StreamWrite, ...]


async def decide_step(load: Load, tenant: str, command: CycleStep) -> Decided[CycleState]:
    """Raises `UnknownCycle` and the refusals of `decide`."""
    loaded = await load(CYCLE, tenant, command.cycle_id)
    if isinstance(loaded.state, NoCycle):
        return decided(CYCLE, loaded, decide(command, loaded.state), command.at)
    command, guards = await _with_kin(load, tenant, command, loaded.state)
    events = decide(command, loaded.state)
    at = since(loaded, _true_since(command, loaded.state.facts.course))
    result = decided(CYCLE, loaded, events, at)
    return replace(result, writes=(*result.writes, *guards)) if events else result


async def load_kin(load: Load, tenant: str, cycle_ids: Iterable[UUID]) -> Kin:
    # One after the other: within a transaction there is but one connection.
    loaded = [await load(CYCLE, tenant, key) for key in cycle_ids]
    return Kin(
        tuple(kin.state for kin in loaded if not isinstance(kin.state, NoCycle)),
        tuple(kin.guard for kin in loaded),
    )


def since(loaded: Loaded[Any], moment: datetime) -> datetime:
    """`moment`, but not before what stands in the stream already."""
    return moment if loaded.last_at is None else max(moment, loaded.last_at)


async def _with_kin(
    load: Load, tenant: str, command: CycleStep, cycle: Cycle
) -> tuple[CycleStep, tuple[StreamWrite, ...]]:
    """Activating and reopening rest on the parent, closing on the children."""
    facts = cycle.facts
    match command:
        case ActivateCycle() | ReopenCycle():
            parents = () if facts.parent_id is None else (facts.parent_id,)
            kin = await load_kin(load, tenant, parents)
            return replace(command, parent=next(iter(kin.cycles), None)), kin.guards
        case CloseCycle():
            kin = await load_kin(load, tenant, facts.child_ids)
            return replace(command, children=kin.cycles), kin.guards
        case StartReview():
            return command, ()
        case _ as unreachable:
            assert_never(unreachable)


def _true_since(command: CycleStep, course: Course) -> datetime:
    """A step in a cycle long over is told afterwards; its actual moment is kept in the event."""
    match command:
        case ActivateCycle():
            return course.begun_at(command.at)
        case StartReview() | CloseCycle():
            return course.ended_at(command.at)
        case ReopenCycle():
            return command.at
        case _ as unreachable:
            assert_never(unreachable)
