from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from okr_service.domain.cut import Cut
from okr_service.domain.cycle.state import Active, Cycle
from okr_service.domain.due import DueCheckIn, due_check_in
from okr_service.domain.objective.state import Objective
from okr_service.domain.sheet import KeyResultSheet
from okr_service.readmodel.boards import Boards


@dataclass(frozen=True, slots=True)
class OwedCheckIn:
    due: DueCheckIn
    sheet: KeyResultSheet
    objective: Objective
    cycle: Cycle

    @property
    def owner(self) -> str | None:
        return self.sheet.facts.definition.owner or self.objective.facts.definition.owner

    @property
    def place(self) -> tuple[datetime, UUID]:
        return self.due.due_at, self.sheet.facts.key_result_id


@dataclass(frozen=True, slots=True)
class OwedFilter:
    """`within`: also those that come due so long after the moment asked for."""

    owner: str | None = None
    team: str | None = None
    cycle_id: UUID | None = None
    within: timedelta = timedelta(0)


async def owed_check_ins(
    boards: Boards,
    tenant: str,
    chosen: OwedFilter,
    cut: Cut,
    *,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> Sequence[OwedCheckIn]:
    """Who owes what since when, the longest owed first."""
    found: list[OwedCheckIn] = []
    for cycle in await _running(boards, tenant, chosen.cycle_id, cut):
        board = await boards.at(tenant, cycle.facts.cycle_id, cut)
        for sheet in board.objectives():
            if chosen.team not in (None, sheet.objective.facts.definition.team):
                continue
            for part in sheet.key_results:
                due = due_check_in(part, sheet.objective, cycle)
                if due is not None and due.due_at - cut.moment <= chosen.within:
                    found.append(OwedCheckIn(due, part, sheet.objective, cycle))
    wanted = [
        owed
        for owed in found
        if chosen.owner in (None, owed.owner) and (after is None or owed.place > after)
    ]
    return sorted(wanted, key=lambda owed: owed.place)[:limit]


async def _running(boards: Boards, tenant: str, only: UUID | None, cut: Cut) -> list[Cycle]:
    """Active, and within their dates."""
    return [
        cycle
        for board in await boards.cycles(tenant, cut)
        if board.cycle is not None
        for cycle in [board.cycle[0]]
        if isinstance(cycle, Active)
        and cycle.facts.course.contains(cut.moment)
        and only in (None, cycle.facts.cycle_id)
    ]
