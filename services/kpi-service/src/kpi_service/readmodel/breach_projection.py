"""Where to find breaches, and what was told of each."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
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
from helmlog_events.pipeline.write import insert_rows, upsert_rows
from sqlalchemy import Table, select
from sqlalchemy.ext.asyncio import AsyncConnection

from kpi_service.readmodel.tables import breach_entries, breach_heads

Breaching = KPIThresholdBreached | KPIThresholdEscalated | KPIThresholdRecovered | KPIBreachRevised
Dealing = KPIThresholdAcknowledged | KPIBreachSilenced | KPIBreachUnsilenced | KPIBreachAnnotated
_Head = Mapping[str, Any]
_Heads = dict[tuple[str, UUID], _Head]

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
        told = [
            (record, (record.tenant, _breach_id(record)))
            for _, record in events
            if record.type in _JUDGING
        ]
        if not told:
            return
        # However much is told of a breach, its row is read and written once.
        heads = await _read_heads(sql, {key for _, key in told})
        for record, key in told:
            heads[key] = _after(heads.get(key), record)
        await upsert_rows(sql, breach_heads, [*heads.values()])


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


async def _read_heads(sql: AsyncConnection, keys: Collection[tuple[str, UUID]]) -> _Heads:
    columns = breach_heads.c
    rows = await sql.execute(
        select(breach_heads).where(
            columns.tenant.in_({tenant for tenant, _ in keys}),
            columns.breach_id.in_({breach_id for _, breach_id in keys}),
        )
    )
    return {(row.tenant, row.breach_id): row._asdict() for row in rows}


def _after(head: _Head | None, record: RecordedEvent) -> _Head:
    match record.event:
        case KPIThresholdBreached() as told:
            opened = {"opened_at": told.opened_at, "severity": told.severity}
            return _opened(head, record, told.kpi_id, "threshold", opened)
        case KPINoData() as told:
            return _opened(head, record, told.kpi_id, "no_data", {"opened_at": record.occurred_at})
        case _ if head is None:
            raise LookupError(f"{record.type} of {_breach_id(record)}, which never began")
        case KPIThresholdEscalated() as told:
            changes: _Head = {"severity": told.severity}
        case KPIThresholdRecovered() as told:
            changes = _over(told.observed_at)
        case KPIDataResumed():
            changes = _over(record.occurred_at)
        case KPIBreachRevised() as told:
            changes = _revised(told, head["earliest_at"])
        case _:
            raise TypeError(f"{record.type} does not say how a breach stands")
    return {**head, **changes, "told_at": record.recorded_at}


def _opened(
    head: _Head | None, record: RecordedEvent, kpi_id: UUID, kind: str, told: _Head
) -> _Head:
    if head is not None:
        raise LookupError(f"{record.type} of {_breach_id(record)}, which began before")
    return {
        "tenant": record.tenant,
        "breach_id": _breach_id(record),
        "kpi_id": kpi_id,
        "kind": kind,
        "earliest_at": told["opened_at"],
        "announced_at": record.recorded_at,
        "told_at": record.recorded_at,
        "recovered_at": None,
        "state": "open",
        "severity": None,
        "merged_into": None,
        **told,
    }


def _over(recovered_at: datetime) -> _Head:
    return {"state": "recovered", "recovered_at": recovered_at}


def _revised(told: KPIBreachRevised, earliest_at: datetime) -> _Head:
    if told.after is None:
        return {"state": "withdrawn", "merged_into": told.merged_into}
    return {
        "state": "open" if told.after.recovered_at is None else "recovered",
        "recovered_at": told.after.recovered_at,
        "merged_into": None,
        "severity": told.after.severities[-1].severity,
        "earliest_at": min(earliest_at, told.after.opened_at),
    }


def _entry(record: RecordedEvent) -> dict[str, Any]:
    event = record.event
    return {
        "tenant": record.tenant,
        "breach_id": _breach_id(record),
        "seq": record.seq,
        "type": record.type,
        "silenced_until": event.until if isinstance(event, KPIBreachSilenced) else None,
        "occurred_at": record.occurred_at,
        "recorded_at": record.recorded_at,
    }


def _breach_id(record: RecordedEvent) -> UUID:
    event = record.event
    if isinstance(event, KPINoData | KPIDataResumed):
        return event.silence_id
    if isinstance(event, Breaching | Dealing):
        return event.breach_id
    raise TypeError(f"{record.type} tells nothing of a breach")
