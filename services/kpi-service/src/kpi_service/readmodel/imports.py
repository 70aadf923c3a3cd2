"""Imports as they were done."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from helmlog_events.contracts.kpi import KPIsImported
from helmlog_events.envelope import RecordedEvent
from helmlog_events.pipeline.rows_of import Row, RowsOf
from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncEngine

from kpi_service.readmodel.tables import imports


@dataclass(frozen=True, slots=True)
class ImportQueries:
    engine: AsyncEngine

    async def find(self, tenant: str, import_id: UUID) -> Any | None:
        columns = imports.c
        query = select(imports).where(columns.tenant == tenant, columns.import_id == import_id)
        return next(iter(await self._rows(query)), None)

    async def list(self, tenant: str, *, before: int | None, limit: int) -> Sequence[Any]:
        """Newest first."""
        columns = imports.c
        query = (
            select(imports)
            .where(columns.tenant == tenant)
            .order_by(columns.seq.desc())
            .limit(limit)
        )
        if before is not None:
            query = query.where(columns.seq < before)
        return await self._rows(query)

    async def _rows(self, query: Select[Any]) -> Sequence[Any]:
        async with self.engine.connect() as sql:
            rows: Sequence[Any] = (await sql.execute(query)).all()
        return rows


def _row(record: RecordedEvent, event: KPIsImported) -> Iterator[Row]:
    yield {
        "tenant": record.tenant,
        "actor": record.actor,
        "recorded_at": record.recorded_at,
        "seq": record.seq,
        **event.model_dump(),
    }


IMPORTS: Final = RowsOf("kpi_imports", "kpi", imports, (KPIsImported,), _row)
"""What each import did, to be found by its id."""
