from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from helmlog_events.contracts import kpi
from helmlog_events.envelope import SourcedEvent
from helmlog_events.pipeline.write import insert_rows
from sqlalchemy import Table, bindparam, func, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from alignment_service.readmodel import tables

Rows = list[dict[str, Any]]


class BreachesProjection:
    """The breaches of every KPI, bound or not: a binding may come later than the breach."""

    name = "alignment_breaches"
    sources = frozenset({"kpi"})
    tables: Sequence[Table] = (tables.breaches,)

    async def apply(self, sql: AsyncConnection, events: Sequence[SourcedEvent]) -> None:
        opened: Rows = []
        escalated: Rows = []
        recovered: Rows = []
        for _, record in events:
            match record.event:
                case kpi.KPIThresholdBreached() as event:
                    shown = {"breach_id", "kpi_id", "severity", "opened_at"}
                    opened.append(
                        event.model_dump(include=shown)
                        | {
                            "tenant": record.tenant,
                            "breached_at": event.observed_at,
                            "recorded_at": record.recorded_at,
                        }
                    )
                case kpi.KPIThresholdEscalated() as event:
                    escalated.append(
                        {
                            "of_tenant": record.tenant,
                            "of": event.breach_id,
                            "severity": event.severity,
                        }
                    )
                case kpi.KPIThresholdRecovered() as event:
                    recovered.append(
                        {
                            "of_tenant": record.tenant,
                            "of": event.breach_id,
                            "recovered_at": event.observed_at,
                            "recovery_recorded_at": record.recorded_at,
                        }
                    )
        await insert_rows(sql, tables.breaches, opened)
        if escalated:
            await sql.execute(_ESCALATE, escalated)
        if recovered:
            await sql.execute(_RECOVER, recovered)


_OF_BREACH = update(tables.breaches).where(
    tables.breaches.c.tenant == bindparam("of_tenant"),
    tables.breaches.c.breach_id == bindparam("of"),
)
_ESCALATE = _OF_BREACH.values(severity=bindparam("severity"))
_RECOVER = _OF_BREACH.values(
    recovered_at=bindparam("recovered_at"),
    recovery_recorded_at=bindparam("recovery_recorded_at"),
)


class KPIValuesProjection:
    """Until when the value of each KPI is known."""

    name = "alignment_kpi_values"
    sources = frozenset({"kpi"})
    tables: Sequence[Table] = (tables.kpi_values,)

    async def apply(self, sql: AsyncConnection, events: Sequence[SourcedEvent]) -> None:
        known = [
            {
                "tenant": record.tenant,
                "kpi_id": record.event.kpi_id,
                "last_value_at": record.event.observed_at,
            }
            for _, record in events
            if isinstance(record.event, kpi.KPIValueChanged)
        ]
        if known:
            await sql.execute(_KNOW, known)


_INSERT = insert(tables.kpi_values)
_KNOW = _INSERT.on_conflict_do_update(
    index_elements=["tenant", "kpi_id"],
    set_={
        "last_value_at": func.greatest(
            tables.kpi_values.c.last_value_at, _INSERT.excluded.last_value_at
        )
    },
)
