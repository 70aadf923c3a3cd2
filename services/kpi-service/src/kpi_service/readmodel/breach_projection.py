"""Where to find breaches, and what was told of each."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from helmlog_events.contracts.kpi import (
    KPIBreachAnnotated,
    KPIBreachRevised,
    KPIBreachSilenced,
    KPIBreachUnsilenced,
    KPIDataResumed,
    KPINoData,
    KPIThresholdAcknowledged,
    KPIThresholdBreached,
    KPIThresholdEscalated,
    KPIThresholdRecovered,
)
from helmlog_events.envelope import RecordedEvent, SourcedEvent
from helmlog_events.pipeline.write import insert_rows
from sqlalchemy import Table, func, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from kpi_service.readmodel.tables import breach_entries, breach_heads

Breaching = KPIThresholdBreached | KPIThresholdEscalated | KPIThresholdRecovered | KPIBreachRevised
Dealing = KPIThresholdAcknowledged | KPIBreachSilenced | KPIBreachUnsilenced | KPIBreachAnnotated

_JUDGING: Final = frozenset(
    one.event_type
    for one in (
        KPIThresholdBreached,
        KPIThresholdEscalated,
        KPIThresholdRecovered,
        KPIBreachRevised,
        KPINoData,
        KPIDataResumed,
    )
)
_DEALING: Final = frozenset(
    one.event_type
    for one in (
        KPIThresholdAcknowledged,
        KPIBreachSilenced,
        KPIBreachUnsilenced,
        KPIBreachAnnotated,
    )
)
_TELLING: Final = _JUDGING | _DEALING


class BreachHeads:
    """One row a breach or silence: what lists are ordered and narrowed by."""

    name = "breach_heads"
    sources = frozenset({"kpi"})
    tables: Sequence[Table] = (breach_heads,)

    async def apply(self, sql: AsyncConnection, events: Sequence[SourcedEvent]) -> None:
        for _, record in events:
            if record.type not in _JUDGING:
                continue
            match record.event:
                case KPIThresholdBreached() as told:
                    row = _head(record, told.breach_id, told.kpi_id, "threshold")
                    row |= {"opened_at": told.opened_at, "earliest_at": told.opened_at}
                    row["severity"] = told.severity
                    await sql.execute(insert(breach_heads).values(row))
                case KPINoData() as told:
                    row = _head(record, told.silence_id, told.kpi_id, "no_data")
                    row |= {"opened_at": record.occurred_at, "earliest_at": record.occurred_at}
                    await sql.execute(insert(breach_heads).values(row))
                case KPIThresholdEscalated() as told:
                    await _set(sql, record, told.breach_id, severity=told.severity)
                case KPIThresholdRecovered() as told:
                    await _set(sql, record, told.breach_id, **_over(told.observed_at))
                case KPIDataResumed() as told:
                    await _set(sql, record, told.silence_id, **_over(record.occurred_at))
                case KPIBreachRevised() as told:
                    await _set(sql, record, told.breach_id, **_revised(told))
                case _:
                    pass


class BreachEntries:
    """One row an event, whatever stream it stands in: which entries of the log tell of a breach."""

    name = "breach_entries"
    sources = frozenset({"kpi"})
    tables: Sequence[Table] = (breach_entries,)

    async def apply(self, sql: AsyncConnection, events: Sequence[SourcedEvent]) -> None:
        await insert_rows(
            sql,
            breach_entries,
            [_entry(record) for _, record in events if record.type in _TELLING],
        )


def _head(record: RecordedEvent, breach_id: UUID, kpi_id: UUID, kind: str) -> dict[str, Any]:
    return {
        "tenant": record.tenant,
        "breach_id": breach_id,
        "kpi_id": kpi_id,
        "kind": kind,
        "announced_at": record.recorded_at,
        "told_at": record.recorded_at,
        "state": "open",
    }


async def _set(
    sql: AsyncConnection, record: RecordedEvent, breach_id: UUID, **changes: Any
) -> None:
    await sql.execute(
        update(breach_heads)
        .where(breach_heads.c.tenant == record.tenant, breach_heads.c.breach_id == breach_id)
        .values(changes | {"told_at": record.recorded_at})
    )


def _over(recovered_at: datetime) -> dict[str, Any]:
    return {"state": "recovered", "recovered_at": recovered_at}


def _revised(told: KPIBreachRevised) -> dict[str, Any]:
    if told.after is None:
        return {"state": "withdrawn", "merged_into": told.merged_into}
    return {
        "state": "open" if told.after.recovered_at is None else "recovered",
        "recovered_at": told.after.recovered_at,
        "merged_into": None,
        "severity": told.after.severities[-1].severity,
        "earliest_at": func.least(breach_heads.c.earliest_at, told.after.opened_at),
    }


def _entry(record: RecordedEvent) -> dict[str, Any]:
    event = record.event
    if isinstance(event, KPINoData | KPIDataResumed):
        breach_id = event.silence_id
    elif isinstance(event, Breaching | Dealing):
        breach_id = event.breach_id
    else:
        raise TypeError(f"{record.type} tells nothing of a breach")
    return {
        "tenant": record.tenant,
        "breach_id": breach_id,
        "seq": record.seq,
        "type": record.type,
        "silenced_until": event.until if isinstance(event, KPIBreachSilenced) else None,
        "occurred_at": record.occurred_at,
        "recorded_at": record.recorded_at,
    }
