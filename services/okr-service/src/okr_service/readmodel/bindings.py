from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import and_, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from okr_service.domain.key_result.kpi_value import KPIValue
from okr_service.readmodel import tables

# No timezone is further than a day from UTC; the domain then looks exactly.
_DAY = timedelta(days=1)


class KPIBindings:
    """Which key results hang on a KPI, and what it last said.

    A value and a binding may become known in two transactions side by side, neither seeing the
    other; so each first takes the KPI's lock, and whoever comes second sees the first's rows.
    """

    async def bound_to(self, sql: AsyncConnection, tenant: str, value: KPIValue) -> Sequence[UUID]:
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

    async def newest_value(
        self, sql: AsyncConnection, tenant: str, kpi_id: UUID
    ) -> KPIValue | None:
        await _lock(sql, tenant, kpi_id)
        values = tables.kpi_values.c
        query = (
            select(values.value, values.observed_at, values.seq)
            .where(values.tenant == tenant, values.kpi_id == kpi_id)
            .order_by(values.observed_at.desc(), values.seq.desc())
            .limit(1)
        )
        row = (await sql.execute(query)).one_or_none()
        if row is None:
            return None
        return KPIValue(kpi_id, row.value, row.observed_at, f"kpi/{row.seq}")


async def _lock(sql: AsyncConnection, tenant: str, kpi_id: UUID) -> None:
    key = func.hashtextextended(f"{tenant}/{kpi_id}", 0)
    await sql.execute(select(func.pg_advisory_xact_lock(key)))
