"""How many KPIs stand at a moment, in a handful of queries whatever their number."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from helmlog_events.store.postgres.connections import driver
from helmlog_events.store.postgres.store import PostgresStore
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from kpi_service.application.catalogue import Catalogue
from kpi_service.application.defined import read_defined
from kpi_service.domain.kpi.state import KPI
from kpi_service.readmodel.measured import measurements
from kpi_service.readmodel.moments import UNMEASURED, Measurement, Moment
from kpi_service.readmodel.tables import kpis


class LatestKPI(NamedTuple):
    kpi: KPI
    measurement: Measurement


@dataclass(frozen=True, slots=True)
class Latest:
    """Now by what ingestion has committed, never stale; as of a moment by log and readings."""

    engine: AsyncEngine
    store: PostgresStore
    catalogue: Catalogue

    async def of(self, tenant: str, keys: Collection[str], moment: Moment) -> dict[str, LatestKPI]:
        """Those behind the ids and slugs; a key without a KPI at `moment` is left out."""
        async with self.engine.connect() as sql:
            ids = await self.catalogue.find(await driver(sql), tenant, keys)
            found = await self._read(sql, tenant, set(ids.values()), moment)
        return {key: found[kpi_id] for key, kpi_id in ids.items() if kpi_id in found}

    async def all(self, tenant: str, moment: Moment) -> Sequence[LatestKPI]:
        """Every KPI of the tenant that the lists show."""
        async with self.engine.connect() as sql:
            ids = (await sql.scalars(select(kpis.c.kpi_id).where(kpis.c.tenant == tenant))).all()
            return list((await self._read(sql, tenant, ids, moment)).values())

    async def _read(
        self, sql: AsyncConnection, tenant: str, kpi_ids: Collection[UUID], moment: Moment
    ) -> dict[UUID, LatestKPI]:
        defined = await read_defined(sql, self.store, self.catalogue, tenant, kpi_ids, moment)
        measured = await measurements(sql, tenant, list(defined), moment)
        return {
            kpi_id: LatestKPI(kpi, measured.get(kpi_id, UNMEASURED))
            for kpi_id, kpi in defined.items()
        }
