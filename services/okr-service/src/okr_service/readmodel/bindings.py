from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, func, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from okr_service.domain.key_result.kpi_value import KPIAlarm, KPIValue
from okr_service.domain.key_result.parts import Breach
from okr_service.readmodel import tables

# No timezone is further than a day from UTC; the domain then looks exactly.
_DAY = timedelta(days=1)


class KPIBindings:
    """Which key results hang on a KPI, and what it said.

    A value and a binding may become known in two transactions side by side, neither seeing the
    other; so each first takes the KPI's lock, and whoever comes second sees the first's rows.
    """

    async def bound_to(self, sql: AsyncConnection, tenant: str, value: KPIValue) -> Sequence[UUID]:
        """The key results it moves, in cycles that may hold the value."""
        await _lock(sql, tenant, value.kpi_id)
        bindings, cycles = tables.kpi_bindings, tables.cycles
        day = value.observed_at.date()
        query = (
            select(bindings.c.key_result_id)
            .distinct()
            .join(
                cycles,
                and_(
                    cycles.c.tenant == bindings.c.tenant, cycles.c.cycle_id == bindings.c.cycle_id
                ),
            )
            .where(
                bindings.c.tenant == tenant,
                bindings.c.kpi_id == value.kpi_id,
                bindings.c.place == 0,
                cycles.c.starts_on <= day + _DAY,
                cycles.c.ends_on >= day - _DAY,
            )
            .order_by(bindings.c.key_result_id)
        )
        return (await sql.execute(query)).scalars().all()

    async def relative_to(self, sql: AsyncConnection, tenant: str, kpi_id: UUID) -> Sequence[UUID]:
        """The key results whose target is a change of the KPI."""
        await _lock(sql, tenant, kpi_id)
        bindings = tables.kpi_bindings.c
        return await _key_results(sql, tenant, bindings.kpi_id == kpi_id, bindings.relative)

    async def guarded_by(self, sql: AsyncConnection, tenant: str, kpi_id: UUID) -> Sequence[UUID]:
        """The key results that have the KPI for a guardrail."""
        await _lock(sql, tenant, kpi_id)
        bindings = tables.kpi_bindings.c
        return await _key_results(sql, tenant, bindings.kpi_id == kpi_id, bindings.place > 0)

    async def relative_in(
        self, sql: AsyncConnection, tenant: str, cycle_id: UUID
    ) -> Sequence[UUID]:
        """The key results of a cycle that have a relative target."""
        bindings = tables.kpi_bindings.c
        return await _key_results(sql, tenant, bindings.cycle_id == cycle_id, bindings.relative)

    async def guarded_in(self, sql: AsyncConnection, tenant: str, cycle_id: UUID) -> Sequence[UUID]:
        """The key results of a cycle that have guardrails."""
        bindings = tables.kpi_bindings.c
        return await _key_results(sql, tenant, bindings.cycle_id == cycle_id, bindings.place > 0)

    async def value_before(
        self, sql: AsyncConnection, tenant: str, kpi_id: UUID, moment: datetime
    ) -> KPIValue | None:
        """The KPI's last value observed before `moment`."""
        await _lock(sql, tenant, kpi_id)
        return await _value_before(sql, tenant, kpi_id, moment)

    async def alarm_before(
        self,
        sql: AsyncConnection,
        tenant: str,
        kpi_id: UUID,
        moment: datetime,
        up_to_seq: int | None = None,
    ) -> KPIAlarm | None:
        """The last that is true before `moment` of the KPI's being in breach, as it was told up to
        `up_to_seq`.

        What revised a breach takes the place of all that was told of it before. Where it withdrew
        it, it counts only if nothing else does.
        """
        await _lock(sql, tenant, kpi_id)
        breaches, later = tables.kpi_breaches.c, tables.kpi_breaches.alias("later").c
        told = [] if up_to_seq is None else [breaches.seq <= up_to_seq]
        revised = exists().where(
            later.tenant == tenant,
            later.breach_id == breaches.breach_id,
            later.revises,
            later.seq > breaches.seq,
            *([] if up_to_seq is None else [later.seq <= up_to_seq]),
        )
        query = (
            select(breaches.breach_id, breaches.severity, breaches.observed_at, breaches.seq)
            .where(
                breaches.tenant == tenant,
                breaches.kpi_id == kpi_id,
                breaches.observed_at < moment,
                ~revised,
                *told,
            )
            .order_by(
                breaches.withdrawn,
                breaches.observed_at.desc(),
                breaches.seq.desc(),
                breaches.place.desc(),
            )
            .limit(1)
        )
        row = (await sql.execute(query)).one_or_none()
        if row is None:
            return None
        breach = None if row.severity is None else Breach(row.breach_id, row.severity)
        return KPIAlarm(kpi_id, breach, row.observed_at, f"kpi/{row.seq}")


class KPIHistory:
    """What a KPI came to, for reads."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def value_before(self, tenant: str, kpi_id: UUID, moment: datetime) -> KPIValue | None:
        async with self._engine.connect() as sql:
            return await _value_before(sql, tenant, kpi_id, moment)


async def _value_before(
    sql: AsyncConnection, tenant: str, kpi_id: UUID, moment: datetime
) -> KPIValue | None:
    values = tables.kpi_values.c
    query = (
        select(values.value, values.observed_at, values.seq)
        .where(values.tenant == tenant, values.kpi_id == kpi_id, values.observed_at < moment)
        .order_by(values.observed_at.desc(), values.seq.desc())
        .limit(1)
    )
    row = (await sql.execute(query)).one_or_none()
    if row is None:
        return None
    return KPIValue(kpi_id, row.value, row.observed_at, f"kpi/{row.seq}")


async def _key_results(
    sql: AsyncConnection, tenant: str, *conditions: ColumnElement[bool]
) -> Sequence[UUID]:
    """By any version of theirs: the domain then looks at the present one."""
    bindings = tables.kpi_bindings.c
    query = (
        select(bindings.key_result_id)
        .distinct()
        .where(bindings.tenant == tenant, *conditions)
        .order_by(bindings.key_result_id)
    )
    return (await sql.execute(query)).scalars().all()


async def _lock(sql: AsyncConnection, tenant: str, kpi_id: UUID) -> None:
    key = func.hashtextextended(f"{tenant}/{kpi_id}", 0)
    await sql.execute(select(func.pg_advisory_xact_lock(key)))
