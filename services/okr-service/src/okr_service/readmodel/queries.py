"""Lists and boards. A past moment costs what the present one costs: the cycle's own size."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, select, true, tuple_
from sqlalchemy.ext.asyncio import AsyncEngine

from okr_service.domain.cut import Cut
from okr_service.domain.sheet import KeyResultSheet, ObjectiveSheet
from okr_service.readmodel import sheets, tables


@dataclass(frozen=True, slots=True)
class ObjectiveFilter:
    cycle_id: UUID | None = None
    owner: str | None = None
    team: str | None = None
    level: str | None = None
    state: str | None = None


class Queries:
    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def list_cycles(
        self, tenant: str, *, state: str | None, after: tuple[date, UUID] | None, limit: int
    ) -> Sequence[sheets.CycleSheet]:
        """Newest dates first."""
        step = sheets.latest_cycle_step()
        cycles = tables.cycles.c
        query = (
            select(tables.cycles, step)
            .select_from(tables.cycles.join(step, true()))
            .where(cycles.tenant == tenant)
            .order_by(cycles.starts_on.desc(), cycles.cycle_id.desc())
            .limit(limit)
        )
        if state is not None:
            query = query.where(step.c.state == state)
        if after is not None:
            query = query.where(tuple_(cycles.starts_on, cycles.cycle_id) < tuple_(*after))
        return [sheets.cycle_sheet(row) for row in await self._rows(query)]

    async def list_objectives(
        self, tenant: str, chosen: ObjectiveFilter, *, after: UUID | None, limit: int, now: Cut
    ) -> Sequence[sheets.ListedObjective]:
        """In the order they were drafted, each with its key results and its cycle."""
        step = sheets.latest_objective_step(now)
        cycle_step = sheets.latest_cycle_step()
        objectives = tables.objectives.c
        query = (
            select(
                tables.objectives,
                step,
                *sheets.prefixed("cycle_", tables.cycles),
                *sheets.prefixed("cycle_step_", cycle_step),
            )
            .select_from(
                tables.objectives.join(step, true())
                .join(
                    tables.cycles,
                    and_(
                        tables.cycles.c.tenant == objectives.tenant,
                        tables.cycles.c.cycle_id == objectives.cycle_id,
                    ),
                )
                .join(cycle_step, true())
            )
            .where(objectives.tenant == tenant, *_chosen(chosen))
            .order_by(objectives.objective_id)
            .limit(limit)
        )
        if chosen.state is not None:
            query = query.where(step.c.state == chosen.state)
        if after is not None:
            query = query.where(objectives.objective_id > after)
        rows = await self._rows(query)
        parts = await self._key_results(
            tenant, tables.key_results.c.objective_id.in_([row.objective_id for row in rows]), now
        )
        return [sheets.listed_objective(row, parts[row.objective_id]) for row in rows]

    async def board(self, tenant: str, cycle_id: UUID, cut: Cut) -> Sequence[ObjectiveSheet]:
        """The cycle's objectives with their key results, within `cut`."""
        step = sheets.latest_objective_step(cut)
        query = (
            select(tables.objectives, step)
            .select_from(tables.objectives.join(step, true()))
            .where(
                tables.objectives.c.tenant == tenant,
                tables.objectives.c.cycle_id == cycle_id,
                *sheets.within(tables.objectives, cut),
            )
            .order_by(tables.objectives.c.objective_id)
        )
        rows = await self._rows(query)
        ids = [row.objective_id for row in rows]
        parts = await self._key_results(tenant, tables.key_results.c.objective_id.in_(ids), cut)
        return [sheets.objective_sheet(row, parts[row.objective_id]) for row in rows]

    async def count_objectives(self, tenant: str, cycle_id: UUID, owner: str) -> int:
        """How many objectives `owner` has in the cycle, cancelled and declined ones left out."""
        step = sheets.latest_objective_step(None)
        query = (
            select(func.count())
            .select_from(tables.objectives.join(step, true()))
            .where(
                tables.objectives.c.tenant == tenant,
                tables.objectives.c.cycle_id == cycle_id,
                tables.objectives.c.owner == owner,
                step.c.state != "declined",
                func.coalesce(step.c.outcome, "") != "cancelled",
            )
        )
        return int((await self._rows(query))[0][0])

    async def list_check_ins(
        self, tenant: str, key_result_id: UUID, *, after: int | None, limit: int
    ) -> Sequence[Any]:
        """In the order they were recorded."""
        check_ins = tables.check_ins.c
        query = (
            select(tables.check_ins)
            .where(check_ins.tenant == tenant, check_ins.key_result_id == key_result_id)
            .order_by(check_ins.version)
            .limit(limit)
        )
        if after is not None:
            query = query.where(check_ins.version > after)
        return await self._rows(query)

    async def _key_results(
        self, tenant: str, chosen: ColumnElement[bool], cut: Cut
    ) -> dict[UUID, list[KeyResultSheet]]:
        update = sheets.latest_update(cut)
        query = (
            select(tables.key_results, *sheets.prefixed("update_", update))
            .select_from(tables.key_results.outerjoin(update, true()))
            .where(
                tables.key_results.c.tenant == tenant,
                chosen,
                *sheets.within(tables.key_results, cut),
            )
            .order_by(tables.key_results.c.key_result_id)
        )
        parts: dict[UUID, list[KeyResultSheet]] = defaultdict(list)
        for row in await self._rows(query):
            parts[row.objective_id].append(sheets.key_result_sheet(row))
        return parts

    async def _rows(self, query: Select[Any]) -> Sequence[Any]:
        async with self._engine.connect() as connection:
            rows: Sequence[Any] = (await connection.execute(query)).all()
        return rows


def _chosen(chosen: ObjectiveFilter) -> list[ColumnElement[bool]]:
    wanted = {
        "cycle_id": chosen.cycle_id,
        "owner": chosen.owner,
        "team": chosen.team,
        "level": chosen.level,
    }
    columns = tables.objectives.c
    return [columns[name] == value for name, value in wanted.items() if value is not None]
