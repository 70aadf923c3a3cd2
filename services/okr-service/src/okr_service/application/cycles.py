from __future__ import annotations

from datetime import datetime
from typing import assert_never
from uuid import UUID

from helmlog_events.contracts.reservations import NameReserved
from helmlog_events.envelope import NEW_STREAM, NewEvent, StreamWrite
from helmlog_events.ids import stream_id

from okr_service.application.decided import Decided, decided
from okr_service.application.streams import Loaded, StreamReader, Streams
from okr_service.domain.aggregates import CYCLE
from okr_service.domain.cut import Cut
from okr_service.domain.cycle.decide import (
    ActivateCycle,
    CloseCycle,
    CycleStep,
    OpenCycle,
    ReopenCycle,
    StartReview,
    decide,
)
from okr_service.domain.cycle.refusals import CycleNameTaken, UnknownCycle
from okr_service.domain.cycle.state import Cycle, CycleState, NoCycle


class CycleHandlers:
    def __init__(self, reader: StreamReader, streams: Streams) -> None:
        self._reader = reader
        self._streams = streams

    async def open(self, tenant: str, command: OpenCycle, now: datetime) -> Decided[CycleState]:
        """Raises `CycleNameTaken` and the refusals of `decide`."""
        loaded = await self._streams.load(CYCLE, tenant, command.cycle_id)
        events = decide(command, loaded.state)
        reservation = stream_id("cycle_name", command.name.casefold())
        if await self._reader.read_stream(tenant, reservation):
            raise CycleNameTaken(command.name)
        reserved = NewEvent(NameReserved(holder=command.cycle_id), now)
        opened = CYCLE.evolve(loaded.state, events[0])
        result = decided(CYCLE, loaded, events, _existing(opened).facts.course.defined_at(now))
        write = StreamWrite(reservation, NEW_STREAM, (reserved,))
        return Decided(result.state, result.stood_at, result.version, (write, *result.writes))

    async def step(self, tenant: str, command: CycleStep, now: datetime) -> Decided[CycleState]:
        """Raises `UnknownCycle` and the refusals of `decide`."""
        loaded = await self._streams.load(CYCLE, tenant, command.cycle_id)
        events = decide(command, loaded.state)
        return decided(CYCLE, loaded, events, _true_since(command, loaded, now))


async def load_cycle(streams: Streams, tenant: str, cycle_id: UUID, cut: Cut) -> Loaded[Cycle]:
    """The cycle within `cut`; raises `UnknownCycle`."""
    loaded = await streams.load_at(CYCLE, tenant, cycle_id, cut)
    if isinstance(loaded.state, NoCycle):
        raise UnknownCycle(cycle_id)
    return Loaded(loaded.stream, loaded.state, loaded.version, loaded.last_at)


def _true_since(command: CycleStep, loaded: Loaded[CycleState], now: datetime) -> datetime:
    course = _existing(loaded.state).facts.course
    match command:
        case ActivateCycle():
            return course.begun_at(now)
        case StartReview() | CloseCycle():
            return course.ended_at(now)
        case ReopenCycle():
            return now
        case _ as unreachable:
            assert_never(unreachable)


def _existing(state: CycleState) -> Cycle:
    if isinstance(state, NoCycle):
        raise TypeError("a step was decided for a cycle that does not exist")
    return state
