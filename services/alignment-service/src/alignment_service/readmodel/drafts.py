"""Objectives that were drafted under something, once both have been heard of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from helmlog_events.contracts.nodes import Node
from sqlalchemy import ColumnElement, and_, or_, select, union_all
from sqlalchemy.ext.asyncio import AsyncConnection

from alignment_service.readmodel.tables import key_results, objectives


@dataclass(frozen=True, slots=True)
class Draft:
    """`stand_at` is the first moment at which both the objective and its parent stood.

    `cycle_ids` are those of both.
    """

    objective_id: UUID
    parent: Node
    parent_objective_id: UUID
    cycle_ids: tuple[UUID, ...]
    stand_at: datetime


async def drafts_of(sql: AsyncConnection, tenant: str, objective_id: UUID) -> Sequence[Draft]:
    """The objective's own, under its parent, and those under it."""
    either = or_(
        objectives.c.objective_id == objective_id, objectives.c.drafted_under_id == objective_id
    )
    return await _drafts(sql, tenant, either)


async def drafts_under(sql: AsyncConnection, tenant: str, key_result_id: UUID) -> Sequence[Draft]:
    return await _drafts(sql, tenant, objectives.c.drafted_under_id == key_result_id)


async def _drafts(
    sql: AsyncConnection, tenant: str, narrowed: ColumnElement[bool]
) -> Sequence[Draft]:
    """In the order of the objectives' ids, which is that of their drafting."""
    parents = objectives.alias("parents")
    drafted = (
        objectives.c.objective_id.label("drafted_id"),
        objectives.c.cycle_id.label("drafted_in"),
        objectives.c.drafted_at,
        objectives.c.drafted_under_type,
        objectives.c.drafted_under_id,
    )
    under_objective = (
        select(
            *drafted,
            parents.c.objective_id.label("parent_objective_id"),
            parents.c.cycle_id.label("parent_in"),
            parents.c.drafted_at.label("parent_stood_at"),
        )
        .join_from(
            objectives,
            parents,
            and_(
                parents.c.tenant == objectives.c.tenant,
                parents.c.objective_id == objectives.c.drafted_under_id,
            ),
        )
        .where(
            objectives.c.tenant == tenant,
            objectives.c.drafted_under_type == "objective",
            narrowed,
        )
    )
    under_key_result = (
        select(*drafted, key_results.c.objective_id, key_results.c.cycle_id, key_results.c.added_at)
        .join_from(
            objectives,
            key_results,
            and_(
                key_results.c.tenant == objectives.c.tenant,
                key_results.c.key_result_id == objectives.c.drafted_under_id,
            ),
        )
        .where(
            objectives.c.tenant == tenant,
            objectives.c.drafted_under_type == "key_result",
            narrowed,
        )
    )
    rows = await sql.execute(union_all(under_objective, under_key_result).order_by("drafted_id"))
    return [
        Draft(
            objective_id=row.drafted_id,
            parent=Node(type=row.drafted_under_type, id=row.drafted_under_id),
            parent_objective_id=row.parent_objective_id,
            cycle_ids=tuple(dict.fromkeys((row.drafted_in, row.parent_in))),
            stand_at=max(row.drafted_at, row.parent_stood_at),
        )
        for row in rows
    ]
