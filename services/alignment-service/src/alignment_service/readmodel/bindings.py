"""Which objectives hang on a KPI, and which of its breaches are open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import and_, func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncConnection

from alignment_service.readmodel.tables import breaches, key_results, objectives


@dataclass(frozen=True, slots=True)
class BoundObjective:
    """`key_result_id` is the first of the objective's key results that are bound to the KPI."""

    objective_id: UUID
    key_result_id: UUID
    cycle_id: UUID
    closed: bool


@dataclass(frozen=True, slots=True)
class OpenBreach:
    breach_id: UUID
    severity: Literal["warning", "critical"]
    opened_at: datetime
    breached_at: datetime


async def bound_objectives(
    sql: AsyncConnection, tenant: str, kpi_id: UUID
) -> Sequence[BoundObjective]:
    rows = await sql.execute(
        select(
            key_results.c.objective_id,
            key_results.c.key_result_id,
            key_results.c.cycle_id,
            func.coalesce(objectives.c.closed, False).label("closed"),
        )
        .ext(distinct_on(key_results.c.objective_id))
        .outerjoin_from(
            key_results,
            objectives,
            and_(
                objectives.c.tenant == key_results.c.tenant,
                objectives.c.objective_id == key_results.c.objective_id,
            ),
        )
        .where(key_results.c.tenant == tenant, key_results.c.kpi_id == kpi_id)
        .order_by(key_results.c.objective_id, key_results.c.key_result_id)
    )
    return [BoundObjective(*row) for row in rows]


async def open_breaches(sql: AsyncConnection, tenant: str, kpi_id: UUID) -> Sequence[OpenBreach]:
    rows = await sql.execute(
        select(
            breaches.c.breach_id,
            breaches.c.severity,
            breaches.c.opened_at,
            breaches.c.breached_at,
        )
        .where(
            breaches.c.tenant == tenant,
            breaches.c.kpi_id == kpi_id,
            breaches.c.recovered.is_(False),
        )
        .order_by(breaches.c.breach_id)
    )
    return [OpenBreach(*row) for row in rows]
