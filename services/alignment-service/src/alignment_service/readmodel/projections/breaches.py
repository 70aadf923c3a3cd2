from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from helmlog_events.contracts import kpi
from helmlog_events.envelope import RecordedEvent, SourcedEvent
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
        told = _Told()
        for _, record in events:
            match record.event:
                case kpi.KPIThresholdBreached() as event:
                    told.opened.append(_opened(record, event))
                case kpi.KPIThresholdEscalated() as event:
                    of = _of(record, event.breach_id)
                    told.escalated.append({**of, "severity": event.severity})
                case kpi.KPIThresholdRecovered() as event:
                    of = _of(record, event.breach_id)
                    told.recovered.append({**of, **_recovery(record, event.observed_at)})
                case kpi.KPIBreachRevised() as event:
                    # It says all there is by now: what came before it must not come after it.
                    await told.write(sql)
                    told = _Told()
                    changed = _OF_BREACH.values(_revised(record, event))
                    await sql.execute(changed, _of(record, event.breach_id))
        await told.write(sql)


@dataclass
class _Told:
    """Rows to be written at once, each kind after what it changes."""

    opened: Rows = field(default_factory=list)
    escalated: Rows = field(default_factory=list)
    recovered: Rows = field(default_factory=list)

    async def write(self, sql: AsyncConnection) -> None:
        await insert_rows(sql, tables.breaches, self.opened)
        if self.escalated:
            await sql.execute(_ESCALATE, self.escalated)
        if self.recovered:
            await sql.execute(_RECOVER, self.recovered)


def _of(record: RecordedEvent, breach_id: UUID) -> dict[str, Any]:
    return {"of_tenant": record.tenant, "of": breach_id}


def _opened(record: RecordedEvent, event: kpi.KPIThresholdBreached) -> dict[str, Any]:
    return event.model_dump(include={"breach_id", "kpi_id", "severity", "opened_at"}) | {
        "tenant": record.tenant,
        "breached_at": event.observed_at,
        "recorded_at": record.recorded_at,
    }


def _recovery(record: RecordedEvent, at: datetime | None) -> dict[str, Any]:
    known_at = None if at is None else record.recorded_at
    return {"recovered_at": at, "recovery_recorded_at": known_at}


def _revised(record: RecordedEvent, event: kpi.KPIBreachRevised) -> dict[str, Any]:
    """What was withdrawn, or is another's, is over as it begins: it overlaps nothing."""
    if event.after is None:
        return _recovery(record, event.before.severities[0].observed_at)
    first, last = event.after.severities[0], event.after.severities[-1]
    return {
        "severity": last.severity,
        "opened_at": event.after.opened_at,
        "breached_at": first.observed_at,
        **_recovery(record, event.after.recovered_at),
    }


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
