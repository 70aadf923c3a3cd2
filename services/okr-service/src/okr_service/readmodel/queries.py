"""Lists and boards. A past moment costs what the present one costs: the cycle's own size."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from helmlog_events.contracts.okr import ObjectiveCheckInRecorded
from helmlog_events.envelope import RecordedEvent
from sqlalchemy.ext.asyncio import AsyncEngine

from okr_service.domain.board import Board
from okr_service.domain.cut import Cut
from okr_service.domain.cycle.state import Closed as CycleClosed
from okr_service.domain.cycle.state import Cycle
from okr_service.domain.cycle.state import state_name as cycle_state_name
from okr_service.domain.objective.state import is_pursued, state_name
from okr_service.domain.organisation.state import NOBODY, Organisation
from okr_service.domain.recognition import Achievement, AchievementFilter, achievements_of
from okr_service.domain.sheet import ObjectiveSheet, objective_standing
from okr_service.readmodel.boards import Boards
from okr_service.readmodel.fiscal_calendars import FiscalCalendars
from okr_service.readmodel.told import list_told


@dataclass(frozen=True, slots=True)
class CycleSheet:
    cycle: Cycle
    version: int


@dataclass(frozen=True, slots=True)
class CycleFilter:
    """`on`: a day that is among its dates."""

    state: str | None = None
    kind: str | None = None
    parent_id: UUID | None = None
    on: date | None = None

    def chooses(self, cycle: Cycle) -> bool:
        facts = cycle.facts
        return (
            self.state in (None, cycle_state_name(cycle))
            and self.kind in (None, facts.kind)
            and self.parent_id in (None, facts.parent_id)
            and (self.on is None or facts.course.starts_on <= self.on <= facts.course.ends_on)
        )


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
    kind: str | None = None
    state: str | None = None
    status: str | None = None
    serves: str | None = None
    parent: UUID | None = None
    unit: str | None = None
    organisation: Organisation = NOBODY

    def is_in_unit(self, sheet: ObjectiveSheet, clock: datetime) -> bool:
        """Whether its team or its owner was in the unit, or below it, on the cycle's clock."""
        if self.unit is None:
            return True
        definition = sheet.objective.facts.definition
        return any(
            self.organisation.belongs(slug, self.unit, clock)
            for slug in (definition.team, definition.owner)
        )

    def chooses(self, sheet: ObjectiveSheet, cycle: Cycle, moment: datetime) -> bool:
        facts = sheet.objective.facts
        definition, parent = facts.definition, facts.contributes_to
        return (
            self.owner in (None, definition.owner)
            and self.team in (None, definition.team)
            and self.level in (None, definition.level)
            and self.kind in (None, definition.kind)
            and self.state in (None, state_name(sheet.objective))
            and (self.serves is None or self.serves in definition.serves)
            and (self.parent is None or (parent is not None and parent.id == self.parent))
            and self.status in (None, self.status and _status(sheet, cycle, moment))
        )


class Queries:
    def __init__(
        self, engine: AsyncEngine, boards: Boards, fiscal_calendars: FiscalCalendars
    ) -> None:
        self._engine = engine
        self.boards = boards
        self.fiscal_calendars = fiscal_calendars

    async def list_cycles(
        self,
        tenant: str,
        chosen: CycleFilter,
        cut: Cut,
        *,
        after: tuple[date, UUID] | None,
        limit: int,
    ) -> Sequence[CycleSheet]:
        """Newest dates first."""
        found = [
            CycleSheet(*board.cycle)
            for board in await self.boards.cycles(tenant, cut)
            if board.cycle is not None
        ]
        wanted = [
            sheet
            for sheet in found
            if chosen.chooses(sheet.cycle) and (after is None or _place(sheet) < after)
        ]
        return sorted(wanted, key=_place, reverse=True)[:limit]

    async def list_objectives(
        self, tenant: str, chosen: ObjectiveFilter, cut: Cut, *, after: UUID | None, limit: int
    ) -> Sequence[ListedObjective]:
        """In the order they were drafted, each with its key results and its cycle."""
        found = [
            ListedObjective(sheet, cycle)
            async for board in self.all_boards(tenant, chosen.cycle_id, cut)
            if board.cycle is not None
            for cycle in [board.cycle[0]]
            for sheet in board.objectives()
            if chosen.chooses(sheet, cycle, cut.moment)
            and chosen.is_in_unit(sheet, cycle.facts.course.clock(cut.moment))
            and (after is None or sheet.objective.facts.objective_id > after)
        ]
        return sorted(found, key=lambda item: item.sheet.objective.facts.objective_id)[:limit]

    async def count_objectives(self, tenant: str, cycle_id: UUID, owner: str, now: Cut) -> int:
        """How many objectives `owner` has in the cycle, cancelled and declined ones left out."""
        board = await self.boards.at(tenant, cycle_id, now)
        return sum(
            1
            for sheet in board.objectives()
            if sheet.objective.facts.definition.owner == owner and is_pursued(sheet.objective)
        )

    async def list_objective_check_ins(
        self, tenant: str, objective_id: UUID, cut: Cut, *, after: int | None, limit: int
    ) -> Sequence[RecordedEvent]:
        """In the order they were recorded."""
        kinds = [ObjectiveCheckInRecorded]
        return await list_told(
            self._engine, tenant, objective_id, kinds, cut, after=after, limit=limit
        )

    async def list_achievements(
        self,
        tenant: str,
        cycle_id: UUID | None,
        chosen: AchievementFilter,
        cut: Cut,
        *,
        before: tuple[datetime, UUID] | None = None,
        limit: int | None = None,
    ) -> Sequence[Achievement]:
        """Newest first; all of them without a `limit`."""
        found = [
            achievement
            async for board in self.all_boards(tenant, cycle_id, cut)
            for achievement in achievements_of(board)
            if chosen.chooses(achievement) and (before is None or _achieved(achievement) < before)
        ]
        return sorted(found, key=_achieved, reverse=True)[:limit]

    async def all_boards(
        self, tenant: str, cycle_id: UUID | None, cut: Cut, *, closed: bool = True
    ) -> AsyncIterator[Board]:
        """Those of a tenant, or of one cycle; `closed` ones may be left out."""
        if cycle_id is not None:
            yield await self.boards.at(tenant, cycle_id, cut)
            return
        for board in await self.boards.cycles(tenant, cut):
            if board.cycle is not None and (closed or not isinstance(board.cycle[0], CycleClosed)):
                yield await self.boards.at(tenant, board.cycle[0].facts.cycle_id, cut)


def _place(sheet: CycleSheet) -> tuple[date, UUID]:
    return sheet.cycle.facts.course.starts_on, sheet.cycle.facts.cycle_id


def _achieved(achievement: Achievement) -> tuple[datetime, UUID]:
    return achievement.achieved_at, achievement.id


def _status(sheet: ObjectiveSheet, cycle: Cycle, moment: datetime) -> str:
    return objective_standing(sheet, cycle, moment).status
