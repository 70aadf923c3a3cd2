"""What the service does by itself when an instant comes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol, TypeVar
from uuid import UUID

from helmlog_events import clock
from helmlog_events.envelope import Append
from helmlog_events.pipeline.protocols import Due
from helmlog_events.pipeline.timers import fired_by
from helmlog_events.store.postgres.transaction import Transaction
from sqlalchemy.ext.asyncio import AsyncConnection

from okr_service.application.cycle_steps import decide_step
from okr_service.application.decided import decided
from okr_service.application.streams import Loaded, Streams
from okr_service.domain.aggregates import CYCLE, KEY_RESULT, OBJECTIVE, Aggregate
from okr_service.domain.cycle.commands import ActivateCycle, CloseCycle, CycleStep, StartReview
from okr_service.domain.cycle.refusals import ChildCyclesOpen, ParentCycleIsClosed
from okr_service.domain.cycle.schedule import PlannedStep, StepName, next_step
from okr_service.domain.cycle.state import NoCycle
from okr_service.domain.key_result.remind import RemindOfCheckIn, remind
from okr_service.domain.key_result.state import KeyResultState, NoKeyResult
from okr_service.domain.objective.state import NoObjective

State = TypeVar("State")


class CycleSchedule(Protocol):
    """Read from a read model, and as far behind as that is."""

    async def steps_due(
        self, sql: AsyncConnection, by: datetime, limit: int
    ) -> Sequence[tuple[str, UUID, PlannedStep]]:
        """The first, by time, of the steps that cycles take by themselves: tenant and cycle."""


class Reminders(Protocol):
    async def reminders_due(
        self, sql: AsyncConnection, by: datetime
    ) -> Sequence[tuple[datetime, str, UUID]]:
        """Since when, for which tenant and key result, by time."""


@dataclass(frozen=True, slots=True)
class InTransaction:
    """Loads states as they will stand at the end of a transaction."""

    streams: Streams
    tx: Transaction

    async def __call__(
        self, aggregate: Aggregate[State], tenant: str, key: UUID, /
    ) -> Loaded[State]:
        return await self.streams.load_in(self.tx, aggregate, tenant, key)


class CycleTimer:
    """Takes the steps of cycles whose transitions are automatic.

    One whose time is long gone is taken at once, and so is each that follows. What was done by hand
    meanwhile, or planned otherwise, is left as it is.
    """

    name: Final = "cycle-timer"

    def __init__(self, streams: Streams, schedule: CycleSchedule) -> None:
        self._streams = streams
        self._schedule = schedule

    async def due(self, sql: AsyncConnection, by: datetime, limit: int) -> Sequence[Due]:
        return [
            Due(step.due_at, tenant, f"{step.name}/{cycle_id}")
            for tenant, cycle_id, step in await self._schedule.steps_due(sql, by, limit)
        ]

    async def fire(self, tx: Transaction, due: Due) -> Sequence[Append]:
        step, _, key = due.key.partition("/")
        load = InTransaction(self._streams, tx)
        cycle = (await load(CYCLE, due.tenant, UUID(key))).state
        planned = None if isinstance(cycle, NoCycle) else next_step(cycle)
        now = clock.now()
        if planned is None or planned.name != step or planned.due_at > now:
            return []
        try:
            result = await decide_step(load, due.tenant, _command(planned.name, UUID(key), now))
        except (ChildCyclesOpen, ParentCycleIsClosed):
            return []  # it stays due, and is taken when nothing stands in its way any more
        return [Append(due.tenant, fired_by(self, due), result.writes)]


class CheckInReminder:
    """Says which check-ins are due, looking for them every `interval` seconds."""

    name: Final = "check-in-reminder"

    def __init__(self, streams: Streams, reminders: Reminders, *, interval: float = 60.0) -> None:
        self._streams = streams
        self._reminders = reminders
        self._interval = timedelta(seconds=interval)
        self._found: list[Due] = []
        self._looked_at: datetime | None = None

    async def due(self, sql: AsyncConnection, by: datetime, limit: int) -> Sequence[Due]:
        if self._looked_at is None or by - self._looked_at >= self._interval:
            self._found = [
                Due(at, tenant, str(key_result_id))
                for at, tenant, key_result_id in await self._reminders.reminders_due(sql, by)
            ]
            self._looked_at = by
        return self._found[:limit]

    async def fire(self, tx: Transaction, due: Due) -> Sequence[Append]:
        appends = await self._decide(tx, due)
        self._found = [other for other in self._found if other != due]
        return appends

    async def _decide(self, tx: Transaction, due: Due) -> Sequence[Append]:
        load = InTransaction(self._streams, tx)
        loaded: Loaded[KeyResultState] = await load(KEY_RESULT, due.tenant, UUID(due.key))
        if isinstance(loaded.state, NoKeyResult):
            return []
        facts = loaded.state.facts
        objective = await load(OBJECTIVE, due.tenant, facts.objective_id)
        cycle = await load(CYCLE, due.tenant, facts.cycle_id)
        if isinstance(objective.state, NoObjective) or isinstance(cycle.state, NoCycle):
            return []
        command = RemindOfCheckIn(facts.key_result_id, objective.state, cycle.state, clock.now())
        events = remind(command, loaded.state)
        if not events:
            return []
        result = decided(KEY_RESULT, loaded, events, events[0].due_at)
        writes = (*result.writes, objective.guard, cycle.guard)
        return [Append(due.tenant, fired_by(self, due), writes)]


def _command(step: StepName, cycle_id: UUID, at: datetime) -> CycleStep:
    match step:
        case "activate":
            return ActivateCycle(cycle_id, at)
        case "review":
            return StartReview(cycle_id, at)
        case "close":
            return CloseCycle(cycle_id, at)
