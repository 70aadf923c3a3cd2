"""Imports as they were done, and the KPIs that go by a slug."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncEngine

from okr_service.readmodel import tables


class ImportQueries:
    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def find(self, tenant: str, import_id: UUID) -> Any | None:
        imports = tables.imports.c
        query = select(tables.imports).where(
            imports.tenant == tenant, imports.import_id == import_id
        )
        return next(iter(await self._rows(query)), None)

    async def of_cycle(
        self, tenant: str, cycle_id: UUID, *, before: int | None, limit: int
    ) -> Sequence[Any]:
        """Newest first."""
        imports = tables.imports.c
        query = (
            select(tables.imports)
            .where(imports.tenant == tenant, imports.cycle_id == cycle_id)
            .order_by(imports.seq.desc())
            .limit(limit)
        )
        if before is not None:
            query = query.where(imports.seq < before)
        return await self._rows(query)

    async def _rows(self, query: Select[Any]) -> Sequence[Any]:
        async with self._engine.connect() as sql:
            rows: Sequence[Any] = (await sql.execute(query)).all()
        return rows


class KPIs:
    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def by_slug(self, tenant: str, slugs: Collection[str]) -> dict[str, UUID]:
        """Those of the slugs that a KPI has; of several, the KPI defined last."""
        kpis = tables.kpis.c
        query = (
            select(kpis.slug, kpis.kpi_id)
            .where(kpis.tenant == tenant, kpis.slug.in_(slugs))
            .order_by(kpis.seq)
        )
        async with self._engine.connect() as sql:
            return {row.slug: row.kpi_id for row in (await sql.execute(query)).all()}
