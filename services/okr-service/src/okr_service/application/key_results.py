from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from helmlog_events.contracts.okr import KeyResultUpdated

from okr_service.application.decided import Decided, decided, stream_write
from okr_service.application.objectives import load_objective
from okr_service.application.streams import Loaded, Streams, narrowed
from okr_service.domain.aggregates import KEY_RESULT, OBJECTIVE
from okr_service.domain.board import sheet_of
from okr_service.domain.cut import Cut
from okr_service.domain.cycle.state import Cycle, Planning
from okr_service.domain.key_result.commands import (
    AddKeyResult,
    KeyResultCommand,
    MoveKeyResult,
    ReviseKeyResult,
)
from okr_service.domain.key_result.decide import decide
from okr_service.domain.key_result.measurement import measurement_of
from okr_service.domain.key_result.refusals import MovedToUnknownObjective, UnknownKeyResult
from okr_service.domain.key_result.revise import effective_from
from okr_service.domain.key_result.state import KeyResult, KeyResultState, NoKeyResult
from okr_service.domain.objective.decide import AttachKeyResult
from okr_service.domain.objective.decide import decide as decide_objective
from okr_service.domain.objective.membership import detach
from okr_service.domain.objective.state import NoObjective, Objective
from okr_service.domain.sheet import ObjectiveSheet
from okr_service.domain.status import Measured


class Contributions(Protocol):
    async def contributed_to(
        self, tenant: str, cycle_id: UUID, objective_id: UUID, cut: Cut
    ) -> Measured | None: ...


class KeyResultHandlers:
    def __init__(self, streams: Streams) -> None:
        self._streams = streams

    async def add(
        self, tenant: str, command: AddKeyResult, objective: Loaded[Objective], now: datetime
    ) -> Decided[KeyResultState]:
        """Adds it and tells its objective, in one append. Raises the refusals of both `decide`s."""
        loaded = await self._streams.load(KEY_RESULT, tenant, command.key_result_id)
        at = command.cycle.facts.course.defined_at(now)
        result = decided(KEY_RESULT, loaded, decide(command, loaded.state), at)
        attach = AttachKeyResult(
            objective.state.facts.objective_id, command.cycle, command.key_result_id
        )
        told = stream_write(objective, decide_objective(attach, objective.state), at)
        return Decided(result.state, result.stood_at, result.version, (*result.writes, told))

    async def revise(
        self, tenant: str, command: ReviseKeyResult, loaded: Loaded[KeyResult]
    ) -> Decided[KeyResultState]:
        """Raises the refusals of `decide`."""
        since, current = effective_from(command, loaded.state), loaded.state.current
        if current is not None and current.observed_at > since:
            records = await self._streams.read(tenant, loaded.stream, Cut(command.at))
            said = [
                measurement_of(record.event)
                for record in records
                if isinstance(record.event, KeyResultUpdated)
            ]
            command = replace(command, said=tuple(said))
        return decide_work(command, loaded, since)

    async def goal(self, tenant: str, objective_id: UUID) -> Loaded[Objective]:
        """Where a key result is moved to; raises `MovedToUnknownObjective`."""
        loaded = await self._streams.load(OBJECTIVE, tenant, objective_id)
        if isinstance(loaded.state, NoObjective):
            raise MovedToUnknownObjective(objective_id)
        return narrowed(loaded, loaded.state)

    def move(
        self,
        command: MoveKeyResult,
        key_result: Loaded[KeyResult],
        source: Loaded[Objective],
        goal: Loaded[Objective],
        now: datetime,
    ) -> Decided[KeyResultState]:
        """Moves it and tells both objectives, in one append. Raises the refusals of `decide`."""
        at = step_at(command.cycle, now, key_result, source, goal)
        result = decide_work(command, key_result, at)
        if not result.writes:
            return result
        key_result_id, cycle = command.key_result_id, command.cycle
        attach = AttachKeyResult(goal.state.facts.objective_id, cycle, key_result_id)
        told = (
            stream_write(source, detach(source.state, cycle, key_result_id), at),
            stream_write(goal, decide_objective(attach, goal.state), at),
        )
        return Decided(result.state, result.stood_at, result.version, (*result.writes, *told))


def decide_work(
    command: KeyResultCommand, key_result: Loaded[KeyResult], at: datetime
) -> Decided[KeyResultState]:
    """What is said of one key result, true since `at`; raises the refusals of `decide`."""
    return decided(KEY_RESULT, key_result, decide(command, key_result.state), at)


def existing(result: Decided[KeyResultState]) -> KeyResult:
    """The key result that a decided command leaves behind."""
    if isinstance(result.state, NoKeyResult):
        raise TypeError("a decided command leaves a key result behind")
    return result.state


def step_at(cycle: Cycle, now: datetime, *followed: Loaded[Any]) -> datetime:
    """Since when a step made `now` holds: not after the cycle's end, nor before what it follows."""
    course = cycle.facts.course
    at = course.defined_at(now) if isinstance(cycle, Planning) else course.ended_at(now)
    return max([at, *(loaded.last_at for loaded in followed if loaded.last_at is not None)])


async def load_key_result(
    streams: Streams, tenant: str, key_result_id: UUID, cut: Cut
) -> tuple[Loaded[KeyResult], Loaded[Objective], Loaded[Cycle]]:
    """The key result, its objective and its cycle within `cut`; raises `UnknownKeyResult`."""
    loaded = await streams.load_at(KEY_RESULT, tenant, key_result_id, cut)
    if isinstance(loaded.state, NoKeyResult):
        raise UnknownKeyResult(key_result_id)
    objective, cycle = await load_objective(streams, tenant, loaded.state.facts.objective_id, cut)
    return narrowed(loaded, loaded.state), objective, cycle


async def load_sheet(
    streams: Streams,
    contributions: Contributions,
    tenant: str,
    objective: Loaded[Objective],
    cut: Cut,
) -> ObjectiveSheet:
    """The objective with its key results, each folded from its own stream."""
    loaded = await asyncio.gather(
        *(
            streams.load_at(KEY_RESULT, tenant, key, cut)
            for key in sorted(objective.state.facts.key_result_ids)
        )
    )
    key_results = tuple(
        sheet_of(part.state, part.version) for part in loaded if isinstance(part.state, KeyResult)
    )
    sheet = ObjectiveSheet(objective.state, objective.version, key_results)
    return await with_contributed(contributions, tenant, sheet, cut)


async def with_contributed(
    contributions: Contributions, tenant: str, sheet: ObjectiveSheet, cut: Cut
) -> ObjectiveSheet:
    """One without key results that count is shown as its board shows it: by its children, which
    follow the log by a moment.
    """
    if sheet.counted:
        return sheet
    facts = sheet.objective.facts
    found = await contributions.contributed_to(tenant, facts.cycle_id, facts.objective_id, cut)
    return replace(sheet, contributed=found)
