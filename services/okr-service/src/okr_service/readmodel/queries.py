"""Lists and boards. A past moment costs what the present one costs: the cycle's own size."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from okr_service.domain.board import Board
from okr_service.domain.cut import Cut
from okr_service.domain.cycle.state import Cycle
from okr_service.domain.cycle.state import state_name as cycle_state_name
from okr_service.domain.objective.state import Closed, Declined, state_name
from okr_service.domain.sheet import ObjectiveSheet
from okr_service.readmodel.boards import Boards


@dataclass(frozen=True, slots=True)
class CycleSheet:
    cycle: Cycle
    version: int


@dataclass(frozen=True, slots=True)
class ListedObjective:
    sheet: ObjectiveSheet
    cycle: Cycle


@dataclass(frozen=True, slots=True)
class ObjectiveFilter:
    cycle_id: UUID | None = None
    owner: str | None = None
    team: str | None = None
    level: str | None = None
    state: str | None = None

    def chooses(self, sheet: ObjectiveSheet) -> bool:
        definition = sheet.objective.facts.definition
        return (
            self.owner in (None, definition.owner)
            and self.team in (None, definition.team)
            and self.level in (None, definition.level)
            and self.state in (None, state_name(sheet.objective))
        )


class Queries:
    def __init__(self, engine: AsyncEngine, boards: Boards) -> None:
        self._engine = engine
        self.boards = boards

    async def list_cycles(
        self,
        tenant: str,
        cut: Cut,
        *,
        state: str | None,
        after: tuple[date, UUID] | None,
        limit: int,
    ) -> Sequence[CycleSheet]:
        """Newest dates first."""
        found = [
            CycleSheet(*board.cycle)
            for board in await self.boards.cycles(tenant, cut)
            if board.cycle is not None
        ]
        chosen = [
            sheet
            for sheet in found
            if state in (None, cycle_state_name(sheet.cycle))
            and (after is None or _place(sheet) < after)
        ]
        return sorted(chosen, key=_place, reverse=True)[:limit]

    async def list_objectives(
        self, tenant: str, chosen: ObjectiveFilter, cut: Cut, *, after: UUID | None, limit: int
    ) -> Sequence[ListedObjective]:
        """In the order they were drafted, each with its key results and its cycle."""
        found = [
            ListedObjective(sheet, cycle)
            async for board in self._boards(tenant, chosen.cycle_id, cut)
            if board.cycle is not None
            for cycle in [board.cycle[0]]
            for sheet in board.objectives()
            if chosen.chooses(sheet)
            and (after is None or sheet.objective.facts.objective_id > after)
        ]
        return sorted(found, key=lambda item: item.sheet.objective.facts.objective_id)[:limit]

    async def count_objectives(self, tenant: str, cycle_id: UUID, owner: str, now: Cut) -> int:
        """How many objectives `owner` has in the cycle, cancelled and declined ones left out."""
        board = await self.boards.at(tenant, cycle_id, now)
        return sum(
            1
            for sheet in board.objectives()
            if sheet.objective.facts.definition.owner == owner and _counts(sheet)
        )

    async def _boards(self, tenant: str, cycle_id: UUID | None, cut: Cut) -> AsyncIterator[Board]:
        if cycle_id is not None:
            yield await self.boards.at(tenant, cycle_id, cut)
            return
        for board in await self.boards.cycles(tenant, cut):
            if board.cycle is not None:
                yield await self.boards.at(tenant, board.cycle[0].facts.cycle_id, cut)


def _place(sheet: CycleSheet) -> tuple[date, UUID]:
    return sheet.cycle.facts.course.starts_on, sheet.cycle.facts.cycle_id


def _counts(sheet: ObjectiveSheet) -> bool:
    match sheet.objective:
        case Declined():
            return False
        case Closed(outcome=outcome):
            return outcome != "cancelled"
        case _:
            return True
