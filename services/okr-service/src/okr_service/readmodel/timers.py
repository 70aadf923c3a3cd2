"""What is due, of all tenants."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import cast
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from okr_service.domain.cut import Cut
from okr_service.domain.cycle.schedule import PlannedStep, StepName
from okr_service.domain.due import due_check_in
from okr_service.readmodel.boards import Boards
from okr_service.readmodel.tables import cycle_timers


class CycleSchedule:
    async def steps_due(
        self, sql: AsyncConnection, by: datetime, limit: int
    ) -> Sequence[tuple[str, UUID, PlannedStep]]:
        query = (
            select(
                cycle_timers.c.tenant,
                cycle_timers.c.cycle_id,
                cycle_timers.c.step,
                cycle_timers.c.due_at,
            )
            .where(cycle_timers.c.due_at <= by)
            .order_by(cycle_timers.c.due_at, cycle_timers.c.tenant, cycle_timers.c.cycle_id)
            .limit(limit)
        )
        return [
            (row.tenant, row.cycle_id, PlannedStep(cast("StepName", row.step), row.due_at))
            for row in await sql.execute(query)
        ]


class Reminders:
    """Read off the boards of the cycles that run: those are kept, and only caught up with."""

    def __init__(self, boards: Boards) -> None:
        self._boards = boards

    async def reminders_due(
        self, sql: AsyncConnection, by: datetime
    ) -> Sequence[tuple[datetime, str, UUID]]:
        """By time; settings, check-ins and new key results show as soon as the read model does."""
        query = select(cycle_timers.c.tenant, cycle_timers.c.cycle_id).where(
            cycle_timers.c.state == "active",
            cycle_timers.c.starts_at <= by,
            cycle_timers.c.ends_at > by,
        )
        running = (await sql.execute(query)).all()
        found: list[tuple[datetime, str, UUID]] = []
        for tenant, cycle_id in running:
            found += [(at, tenant, key) for at, key in await self._of(tenant, cycle_id, by)]
        return sorted(found)

    async def _of(self, tenant: str, cycle_id: UUID, by: datetime) -> list[tuple[datetime, UUID]]:
        board = await self._boards.at(tenant, cycle_id, Cut(by))
        if board.cycle is None:
            return []
        cycle, _ = board.cycle
        return [
            (at, part.facts.key_result_id)
            for sheet in board.objectives()
            for part in sheet.key_results
            if (due := due_check_in(part, sheet.objective, cycle)) is not None
            and (at := due.following(part.reminded_of)) <= by
        ]
