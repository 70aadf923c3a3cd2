"""Which bindings meet which breaches of their KPI; what comes of it is the domain's to say.

Nothing is found before all of binding, cycle and breach have been heard of: whichever comes last
finds the others.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Row, and_, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from alignment_service.domain.course import Course
from alignment_service.domain.risks.exposure import Binding, Breach, Recovery
from alignment_service.readmodel.tables import (
    breaches,
    cycles,
    key_results,
    kpi_values,
    objectives,
    risks,
)

_Joined = Row[*tuple[Any, ...]]


class Exposure(NamedTuple):
    binding: Binding
    breach: Breach


async def exposures_to(sql: AsyncConnection, tenant: str, breach_id: UUID) -> Sequence[Exposure]:
    """Every binding to the KPI of a breach."""
    return await _exposures(sql, tenant, breaches.c.breach_id == breach_id)


async def exposures_of(
    sql: AsyncConnection, tenant: str, key_result_id: UUID
) -> Sequence[Exposure]:
    """A key result's, to the breaches its cycle could know of."""
    return await _exposures(sql, tenant, key_results.c.key_result_id == key_result_id, _MEETS_CYCLE)


async def exposures_within(sql: AsyncConnection, tenant: str, cycle_id: UUID) -> Sequence[Exposure]:
    """Those of a whole cycle."""
    return await _exposures(sql, tenant, key_results.c.cycle_id == cycle_id, _MEETS_CYCLE)


async def exposures_carried_over(
    sql: AsyncConnection, tenant: str, kpi_id: UUID, moment: datetime
) -> Sequence[Exposure]:
    """To breaches that opened before a cycle which `moment` shows to have begun, and stand still.

    Those already known as a risk are left out, for every value of the KPI asks.
    """
    known = exists().where(
        risks.c.tenant == tenant,
        risks.c.objective_id == key_results.c.objective_id,
        risks.c.breach_id == breaches.c.breach_id,
    )
    return await _exposures(
        sql,
        tenant,
        breaches.c.kpi_id == kpi_id,
        breaches.c.recovered_at.is_(None),
        breaches.c.breached_at < cycles.c.starts_at,
        cycles.c.starts_at <= moment,
        ~known,
    )


async def breaches_left(
    sql: AsyncConnection, tenant: str, key_result_id: UUID, objective_id: UUID
) -> Sequence[UUID]:
    """Those that stand of the KPI of a key result, if nothing of the objective hangs on it now."""
    others = key_results.alias("others")
    hangs = exists().where(
        others.c.tenant == tenant,
        others.c.objective_id == objective_id,
        others.c.kpi_id == key_results.c.kpi_id,
        others.c.cancelled.is_(False),
    )
    statement = (
        select(breaches.c.breach_id)
        .join_from(
            key_results,
            breaches,
            and_(
                breaches.c.tenant == key_results.c.tenant,
                breaches.c.kpi_id == key_results.c.kpi_id,
            ),
        )
        .where(
            key_results.c.tenant == tenant,
            key_results.c.key_result_id == key_result_id,
            breaches.c.recovered_at.is_(None),
            ~hangs,
        )
        .order_by(breaches.c.breach_id)
    )
    return list(await sql.scalars(statement))


async def still_at_risk(sql: AsyncConnection, tenant: str, breach_id: UUID) -> Sequence[UUID]:
    """The objectives known to be at risk by a breach, whatever hangs on its KPI now."""
    statement = (
        select(risks.c.objective_id)
        .where(risks.c.tenant == tenant, risks.c.breach_id == breach_id, risks.c.cleared.is_(False))
        .order_by(risks.c.objective_id)
    )
    return list(await sql.scalars(statement))


async def recovered_at(sql: AsyncConnection, tenant: str, breach_id: UUID) -> datetime | None:
    """When a breach was over; none while it stands."""
    statement = select(breaches.c.recovered_at).where(
        breaches.c.tenant == tenant, breaches.c.breach_id == breach_id
    )
    found: datetime | None = await sql.scalar(statement)
    return found


_MEETS_CYCLE = and_(
    breaches.c.breached_at < cycles.c.ends_at,
    or_(breaches.c.recovered_at.is_(None), breaches.c.recovered_at > cycles.c.starts_at),
)


async def _exposures(
    sql: AsyncConnection, tenant: str, *narrowed: ColumnElement[bool]
) -> Sequence[Exposure]:
    """In the order of breaches and, for each, of key results: the first bound comes first."""
    of_cycle = and_(
        cycles.c.tenant == key_results.c.tenant, cycles.c.cycle_id == key_results.c.cycle_id
    )
    of_kpi = and_(
        breaches.c.tenant == key_results.c.tenant, breaches.c.kpi_id == key_results.c.kpi_id
    )
    of_objective = and_(
        objectives.c.tenant == key_results.c.tenant,
        objectives.c.objective_id == key_results.c.objective_id,
    )
    of_value = and_(
        kpi_values.c.tenant == key_results.c.tenant, kpi_values.c.kpi_id == key_results.c.kpi_id
    )
    rows = await sql.execute(
        select(
            key_results.c.key_result_id,
            key_results.c.objective_id,
            key_results.c.cycle_id,
            key_results.c.bound_at,
            key_results.c.bound_recorded_at,
            cycles.c.starts_at,
            cycles.c.ends_at,
            func.coalesce(objectives.c.closed, False).label("closed"),
            *breaches.c,
            kpi_values.c.last_value_at,
        )
        .join_from(key_results, cycles, of_cycle)
        .join(breaches, of_kpi)
        .outerjoin(objectives, of_objective)
        .outerjoin(kpi_values, of_value)
        .where(key_results.c.tenant == tenant, key_results.c.cancelled.is_(False), *narrowed)
        .order_by(breaches.c.breach_id, key_results.c.key_result_id)
    )
    return [Exposure(_binding(row), _breach(row)) for row in rows]


def _binding(row: _Joined) -> Binding:
    return Binding(
        key_result_id=row.key_result_id,
        objective_id=row.objective_id,
        cycle_id=row.cycle_id,
        course=Course(row.starts_at, row.ends_at),
        bound_at=row.bound_at,
        recorded_at=row.bound_recorded_at,
        objective_closed=row.closed,
    )


def _breach(row: _Joined) -> Breach:
    recovery = None
    if row.recovered_at is not None:
        recovery = Recovery(row.recovered_at, row.recovery_recorded_at)
    return Breach(
        breach_id=row.breach_id,
        kpi_id=row.kpi_id,
        severity=row.severity,
        opened_at=row.opened_at,
        breached_at=row.breached_at,
        recorded_at=row.recorded_at,
        recovery=recovery,
        last_value_at=row.last_value_at,
    )
