"""How many KPIs stand at a moment, in a handful of queries whatever their number."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, cast
from uuid import UUID

from helmlog_events.ids import stream_id
from helmlog_events.store.postgres.connections import driver
from helmlog_events.store.postgres.store import PostgresStore
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from kpi_service.application.catalogue import Catalogue
from kpi_service.domain.kpi.events import KPIEvent
from kpi_service.domain.kpi.state import KPI, fold
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
        if moment.is_now:
            defined = await self.catalogue.definitions(await driver(sql), tenant, kpi_ids)
        else:
            defined = await self._defined_at(tenant, kpi_ids, moment.up_to_seq)
        measured = await measurements(sql, tenant, list(defined), moment)
        return {
            kpi_id: LatestKPI(kpi, measured.get(kpi_id, UNMEASURED))
            for kpi_id, kpi in defined.items()
        }

    async def _defined_at(
        self, tenant: str, kpi_ids: Iterable[UUID], up_to_seq: int | None
    ) -> dict[UUID, KPI]:
        streams = {stream_id("kpi", kpi_id): kpi_id for kpi_id in kpi_ids}
        told = await self.store.read_streams(tenant, dict.fromkeys(streams, 0), up_to_seq=up_to_seq)
        states = {
            kpi_id: fold(cast("KPIEvent", record.event) for record in told.get(stream, ()))
            for stream, kpi_id in streams.items()
        }
        return {kpi_id: state for kpi_id, state in states.items() if isinstance(state, KPI)}
