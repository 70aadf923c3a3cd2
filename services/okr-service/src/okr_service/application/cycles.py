from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from helmlog_events.contracts.okr import (
    CycleKind,
    CycleOpened,
    CyclePlan,
    CycleSettings,
    CycleSettingsChanged,
    FiscalPeriod,
)
from helmlog_events.envelope import RecordedEvent, StreamWrite

from okr_service.application.cycle_steps import decide_step, load_kin, since
from okr_service.application.decided import Decided, decided, stream_write
from okr_service.application.fiscal_calendars import FiscalCalendarHandlers
from okr_service.application.names import CycleNames
from okr_service.application.streams import Loaded, StreamReader, Streams, narrowed
from okr_service.domain.aggregates import CYCLE
from okr_service.domain.cut import Cut
from okr_service.domain.cycle.commands import (
    AttachChild,
    ChangeSettings,
    CycleStep,
    DetachChild,
    OpenCycle,
    ReviseCycle,
)
from okr_service.domain.cycle.decide import decide
from okr_service.domain.cycle.plan import plan_of
from okr_service.domain.cycle.refusals import UnknownCycle, UnknownParentCycle
from okr_service.domain.cycle.state import Cycle, CycleState, NoCycle, Planning


@dataclass(frozen=True, slots=True)
class NewCycle:
    """What is asked for: dates, or a fiscal period that they are taken from. Whatever of `name`
    and `kind` is left out is the period's.
    """

    cycle_id: UUID
    timezone: str
    settings: CycleSettings
    parent_id: UUID | None
    name: str | None = None
    kind: CycleKind | None = None
    dates: tuple[date, date] | None = None
    fiscal: FiscalPeriod | None = None


class CycleHandlers:
    def __init__(
        self, reader: StreamReader, streams: Streams, calendars: FiscalCalendarHandlers
    ) -> None:
        self._streams = streams
        self._calendars = calendars
        self._names = CycleNames(reader)

    async def open(self, tenant: str, asked: NewCycle, now: datetime) -> Decided[CycleState]:
        """Raises `CycleNameTaken`, `PlannedByUnknownCalendar`, and the refusals of `decide`."""
        command, guards = await self._dated(tenant, asked)
        writes: list[StreamWrite] = [*guards]
        loaded = await self._streams.load(CYCLE, tenant, command.cycle_id)
        parent = None
        if asked.parent_id is not None:
            parent = await self._load_parent(tenant, asked.parent_id)
            command = replace(command, parent=parent.state)
        events = decide(command, loaded.state)
        at = _existing(CYCLE.evolve(loaded.state, events[0])).facts.course.defined_at(now)
        if parent is not None:
            attach = AttachChild(parent.state.facts.cycle_id, command.cycle_id)
            writes.append(stream_write(parent, decide(attach, parent.state), since(parent, at)))
        writes.append(await self._names.take(tenant, command.name, command.cycle_id, now))
        result = decided(CYCLE, loaded, events, at)
        return replace(result, writes=(*result.writes, *writes))

    async def step(self, tenant: str, command: CycleStep) -> Decided[CycleState]:
        """Raises `UnknownCycle` and the refusals of `decide`."""
        return await decide_step(self._streams.load, tenant, command)

    async def revise(
        self, tenant: str, cycle_id: UUID, changes: Mapping[str, Any], reason: str, now: datetime
    ) -> Decided[CycleState]:
        """`changes` are fields of `CyclePlan`. Raises `CycleNameTaken` and the refusals of
        `decide`.
        """
        loaded = await self._load(tenant, cycle_id)
        before = plan_of(loaded.state.facts)
        plan = before.model_copy(update=dict(changes))
        line = await self._line(tenant, plan.parent_id)
        children = await load_kin(self._streams.load, tenant, loaded.state.facts.child_ids)
        command = ReviseCycle(
            cycle_id,
            reason,
            plan,
            parent=line[0].state if line else None,
            ancestors=frozenset(cycle.state.facts.cycle_id for cycle in line),
            children=children.cycles,
        )
        events = decide(command, loaded.state)
        result = decided(CYCLE, _widened(loaded), events, _holds_since(loaded, now))
        if not events:
            return result
        names = await self._names.rename(tenant, before.name, plan.name, cycle_id, now)
        moved = await self._moved(tenant, cycle_id, before, plan, line, now)
        written = {write.stream for write in moved}
        guards = [
            guard
            for guard in (*(cycle.guard for cycle in line), *children.guards)
            if guard.stream not in written
        ]
        return replace(result, writes=(*result.writes, *names, *moved, *guards))

    async def change_settings(
        self, tenant: str, command: ChangeSettings, now: datetime
    ) -> Decided[CycleState]:
        """Raises `UnknownCycle` and the refusals of `decide`."""
        loaded = await self._load(tenant, command.cycle_id)
        events = decide(command, loaded.state)
        return decided(CYCLE, _widened(loaded), events, _holds_since(loaded, now))

    async def _dated(
        self, tenant: str, asked: NewCycle
    ) -> tuple[OpenCycle, tuple[StreamWrite, ...]]:
        name, kind, dates = asked.name, asked.kind, asked.dates
        guards: tuple[StreamWrite, ...] = ()
        if asked.fiscal is not None:
            period, guard = await self._calendars.period(tenant, asked.fiscal)
            name, kind = name or period.name, kind or period.kind
            dates, guards = (period.span.starts_on, period.span.ends_on), (guard,)
        if name is None or kind is None or dates is None:
            raise TypeError("a cycle has a name, a kind and dates, or a fiscal period")
        command = OpenCycle(
            cycle_id=asked.cycle_id,
            name=name,
            kind=kind,
            starts_on=dates[0],
            ends_on=dates[1],
            timezone=asked.timezone,
            fiscal=asked.fiscal,
            settings=asked.settings,
        )
        return command, guards

    async def _moved(
        self,
        tenant: str,
        cycle_id: UUID,
        before: CyclePlan,
        after: CyclePlan,
        line: Sequence[Loaded[Cycle]],
        now: datetime,
    ) -> list[StreamWrite]:
        """Tells the parent it left and the one it came to."""
        if before.parent_id == after.parent_id:
            return []
        told: list[tuple[Loaded[Cycle], AttachChild | DetachChild]] = []
        if before.parent_id is not None:
            left = await self._load_parent(tenant, before.parent_id)
            told.append((left, DetachChild(before.parent_id, cycle_id)))
        if after.parent_id is not None:
            told.append((line[0], AttachChild(after.parent_id, cycle_id)))
        return [
            stream_write(parent, decide(command, parent.state), since(parent, now))
            for parent, command in told
        ]

    async def _line(self, tenant: str, parent_id: UUID | None) -> list[Loaded[Cycle]]:
        """The parent, its parent, and so on up."""
        line: list[Loaded[Cycle]] = []
        while parent_id is not None:
            parent = await self._load_parent(tenant, parent_id)
            line.append(parent)
            parent_id = parent.state.facts.parent_id
        return line

    async def _load(self, tenant: str, cycle_id: UUID) -> Loaded[Cycle]:
        loaded = await self._streams.load(CYCLE, tenant, cycle_id)
        if isinstance(loaded.state, NoCycle):
            raise UnknownCycle(cycle_id)
        return narrowed(loaded, loaded.state)

    async def _load_parent(self, tenant: str, cycle_id: UUID) -> Loaded[Cycle]:
        loaded = await self._streams.load(CYCLE, tenant, cycle_id)
        if isinstance(loaded.state, NoCycle):
            raise UnknownParentCycle(cycle_id)
        return narrowed(loaded, loaded.state)


async def load_cycle(streams: Streams, tenant: str, cycle_id: UUID, cut: Cut) -> Loaded[Cycle]:
    """The cycle within `cut`; raises `UnknownCycle`."""
    loaded = await streams.load_at(CYCLE, tenant, cycle_id, cut)
    if isinstance(loaded.state, NoCycle):
        raise UnknownCycle(cycle_id)
    return narrowed(loaded, loaded.state)


def settings_told(
    records: Sequence[RecordedEvent], cut: Cut
) -> list[tuple[RecordedEvent, CycleSettings, str | None]]:
    """Each version of a cycle's settings within `cut`, with the reason it was changed for."""
    told: list[tuple[RecordedEvent, CycleSettings, str | None]] = []
    for record in records:
        if cut.valid_at is not None and record.occurred_at > cut.valid_at:
            continue
        match record.event:
            case CycleOpened(settings=settings):
                told.append((record, settings, None))
            case CycleSettingsChanged(after=settings, reason=reason):
                told.append((record, settings, reason))
    return told


def _holds_since(loaded: Loaded[Cycle], now: datetime) -> datetime:
    """A plan is about the whole cycle; what runs is planned otherwise from now on."""
    course = loaded.state.facts.course
    planned = isinstance(loaded.state, Planning)
    moment = course.defined_at(now) if planned else course.ended_at(now)
    return since(loaded, moment)


def _widened(loaded: Loaded[Cycle]) -> Loaded[CycleState]:
    return Loaded(loaded.stream, loaded.state, loaded.version, loaded.last_at)


def _existing(state: CycleState) -> Cycle:
    if isinstance(state, NoCycle):
        raise TypeError("a cycle that was opened exists")
    return state
