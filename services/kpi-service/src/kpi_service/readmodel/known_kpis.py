"""KPIs' definitions and calendars as of a moment, each read once, on one connection."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import cast
from uuid import UUID

import asyncpg
from helmlog_events.ids import stream_id
from helmlog_events.store.postgres.rows import read_stream

from kpi_service.domain.kpi.events import KPIEvent
from kpi_service.domain.kpi.refusals import KPIUnknown
from kpi_service.domain.kpi.state import KPI, fold
from kpi_service.domain.periods import Calendar
from kpi_service.readmodel.fiscal_calendars import read_calendar


@dataclass(frozen=True, slots=True)
class KnownKPIs:
    """As they were known at `known_at`, when the log ended at `up_to_seq`; None for now."""

    connection: asyncpg.Connection
    tenant: str
    known_at: datetime | None
    up_to_seq: int | None
    _kpis: dict[UUID, KPI] = field(default_factory=dict)

    async def load(self, kpi_id: UUID) -> KPI:
        """Raises `KPIUnknown`."""
        if kpi_id not in self._kpis:
            records = await read_stream(
                self.connection, self.tenant, stream_id("kpi", kpi_id), up_to_seq=self.up_to_seq
            )
            kpi = fold(cast("KPIEvent", record.event) for record in records)
            if not isinstance(kpi, KPI):
                raise KPIUnknown(kpi_id)
            self._kpis[kpi_id] = kpi
        return self._kpis[kpi_id]

    async def calendar(self, kpi: KPI) -> Calendar:
        return await read_calendar(
            self.connection, self.tenant, kpi.definition, known_at=self.known_at
        )
