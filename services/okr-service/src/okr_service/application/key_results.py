from __future__ import annotations

import asyncio
from datetime import datetime
from uuid import UUID

from okr_service.application.decided import Decided, decided, stream_write
from okr_service.application.objectives import load_objective
from okr_service.application.streams import Loaded, Streams, narrowed
from okr_service.domain.aggregates import KEY_RESULT
from okr_service.domain.board import sheet_of
from okr_service.domain.cut import Cut
from okr_service.domain.cycle.state import Cycle
from okr_service.domain.key_result.commands import AddKeyResult, CheckIn
from okr_service.domain.key_result.decide import decide
from okr_service.domain.key_result.refusals import UnknownKeyResult
from okr_service.domain.key_result.state import KeyResult, KeyResultState, NoKeyResult
from okr_service.domain.objective.decide import AttachKeyResult
from okr_service.domain.objective.decide import decide as decide_objective
from okr_service.domain.objective.state import Objective
from okr_service.domain.sheet import ObjectiveSheet


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


def decide_check_in(command: CheckIn, key_result: Loaded[KeyResult]) -> Decided[KeyResultState]:
    """Raises the refusals of `decide`."""
    events = decide(command, key_result.state)
    loaded: Loaded[KeyResultState] = Loaded(key_result.stream, key_result.state, key_result.version)
    return decided(KEY_RESULT, loaded, events, command.at)


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
    streams: Streams, tenant: str, objective: Loaded[Objective], cut: Cut
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
    return ObjectiveSheet(objective.state, objective.version, key_results)
