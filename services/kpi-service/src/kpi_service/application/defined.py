"""The definitions of many KPIs as of a moment, in a query or two whatever their number."""

from __future__ import annotations

from collections.abc import Collection
from typing import cast
from uuid import UUID

from helmlog_events.ids import stream_id
from helmlog_events.store.postgres.connections import driver
from helmlog_events.store.postgres.store import PostgresStore
from sqlalchemy.ext.asyncio import AsyncConnection

from kpi_service.application.catalogue import Catalogue
from kpi_service.domain.kpi.events import KPIEvent
from kpi_service.domain.kpi.state import KPI, fold
from kpi_service.readmodel.moments import Moment


async def read_defined(
    sql: AsyncConnection,
    store: PostgresStore,
    catalogue: Catalogue,
    tenant: str,
    kpi_ids: Collection[UUID],
    moment: Moment,
) -> dict[UUID, KPI]:
    """Those that were defined at `moment`; now by the log's end, never stale."""
    if moment.is_now:
        return await catalogue.definitions(await driver(sql), tenant, kpi_ids)
    streams = {stream_id("kpi", kpi_id): kpi_id for kpi_id in kpi_ids}
    told = await store.read_streams(tenant, dict.fromkeys(streams, 0), up_to_seq=moment.up_to_seq)
    states = {
        kpi_id: fold(cast("KPIEvent", record.event) for record in told.get(stream, ()))
        for stream, kpi_id in streams.items()
    }
    return {kpi_id: state for kpi_id, state in states.items() if isinstance(state, KPI)}
