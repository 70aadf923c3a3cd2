"""Judges a period when it ends: a bad day is known at midnight, not with the next reading."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from helmlog_events import clock
from helmlog_events.envelope import Append
from helmlog_events.pipeline.protocols import Due
from helmlog_events.pipeline.timers import fired_by
from helmlog_events.store.postgres.transaction import Transaction
from sqlalchemy.ext.asyncio import AsyncConnection

from kpi_service.application import period_rows
from kpi_service.application.judgement import Judgement


class PeriodTimer:
    """What has been judged is kept in the KPI's row, held meanwhile: whoever comes second, or
    again after a restart, finds nothing left to judge.
    """

    name: Final = "period-timer"

    def __init__(self, judgement: Judgement) -> None:
        self._judgement = judgement

    async def due(self, sql: AsyncConnection, by: datetime, limit: int) -> Sequence[Due]:
        listed = await period_rows.list_due(sql, by, limit)
        return [Due(at, tenant, str(kpi_id)) for at, tenant, kpi_id in listed]

    async def fire(self, tx: Transaction, due: Due) -> Sequence[Append]:
        tenant, kpi_id, now = due.tenant, UUID(due.key), clock.now()
        if not await period_rows.is_due(tx.raw, tenant, kpi_id, now):
            return []
        writes = await self._judgement.end_periods(tx.raw, tenant, kpi_id, now)
        return [Append(tenant, fired_by(self, due), tuple(writes))] if writes else []
