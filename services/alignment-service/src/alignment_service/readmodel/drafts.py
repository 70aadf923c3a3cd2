"""Objectives that were drafted under something, once both have been heard of.

Each statement asks one index of one table and is written once: an import asks by the thousand, and
a join planned while the tables are small would go on scanning them when they are large.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from helmlog_events.contracts.nodes import Node
from sqlalchemy import Row, Select, bindparam, select
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


async def draft_of(
    sql: AsyncConnection, tenant: str, objective_id: UUID, under: Node
) -> list[Draft]:
    """The objective's own, if what it was drafted `under` has been heard of."""
    parent = _OBJECTIVE if under.type == "objective" else _KEY_RESULT
    return await _pair(sql, tenant, _OBJECTIVE, objective_id, parent, under)


async def drafts_under(sql: AsyncConnection, tenant: str, node: Node) -> list[Draft]:
    """In the order of the objectives' ids, which is that of their drafting."""
    parent = _OBJECTIVE if node.type == "objective" else _KEY_RESULT
    return await _pair(sql, tenant, _DRAFTED_UNDER, node.id, parent, node)


async def _pair(
    sql: AsyncConnection,
    tenant: str,
    drafted: Select[Any],
    drafted_by: UUID,
    parent: Select[Any],
    node: Node,
) -> list[Draft]:
    children = await _read(sql, drafted, tenant, drafted_by)
    # Most have none under them: only then is the parent asked for.
    parents = await _read(sql, parent, tenant, node.id) if children else []
    return [
        Draft(
            objective_id=child.id,
            parent=node,
            parent_objective_id=above.objective_id,
            cycle_ids=tuple(dict.fromkeys((child.cycle_id, above.cycle_id))),
            stand_at=max(child.stood_at, above.stood_at),
        )
        for child in children
        for above in parents
    ]


async def _read(
    sql: AsyncConnection, statement: Select[Any], tenant: str, node: UUID
) -> Sequence[Row[Any]]:
    rows: Sequence[Row[Any]] = (
        await sql.execute(statement, {"of_tenant": tenant, "node": node})
    ).all()
    return rows


_OBJECTIVES = select(
    objectives.c.objective_id.label("id"),
    objectives.c.objective_id,
    objectives.c.cycle_id,
    objectives.c.drafted_at.label("stood_at"),
).where(objectives.c.tenant == bindparam("of_tenant"))
_OBJECTIVE = _OBJECTIVES.where(objectives.c.objective_id == bindparam("node"))
_DRAFTED_UNDER = _OBJECTIVES.where(objectives.c.drafted_under_id == bindparam("node")).order_by(
    objectives.c.objective_id
)
_KEY_RESULT = select(
    key_results.c.key_result_id.label("id"),
    key_results.c.objective_id,
    key_results.c.cycle_id,
    key_results.c.added_at.label("stood_at"),
).where(
    key_results.c.tenant == bindparam("of_tenant"),
    key_results.c.key_result_id == bindparam("node"),
)
