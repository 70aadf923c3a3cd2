from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, Final

from helmlog_events.contracts.event import Event
from helmlog_events.contracts.kpi import KPIValueChanged
from helmlog_events.contracts.okr import (
    CheckInRecorded,
    CycleOpened,
    KeyResultAdded,
    KeyResultUpdated,
    ObjectiveDrafted,
)
from helmlog_events.envelope import RecordedEvent, SourcedEvent
from helmlog_events.pipeline.write import insert_rows, upsert_rows
from sqlalchemy import Table
from sqlalchemy.ext.asyncio import AsyncConnection

from okr_service.readmodel import rows, tables


class BoardProjection:
    """Cycles, objectives, key results and check-ins, as lists and boards show them."""

    name: Final = "okr_board"
    sources: Final = frozenset({"okr"})
    tables: Final[Sequence[Table]] = (
        tables.cycles,
        tables.cycle_steps,
        tables.objectives,
        tables.objective_steps,
        tables.key_results,
        tables.key_result_updates,
        tables.check_ins,
    )

    async def apply(self, sql: AsyncConnection, events: Sequence[SourcedEvent]) -> None:
        batch: dict[Table, list[dict[str, Any]]] = defaultdict(list)
        for event in events:
            for table, row in _rows(event.record):
                batch[table].append(row)
        for table, new in batch.items():
            await insert_rows(sql, table, new)


class KPIValuesProjection:
    """The newest value of each KPI, for the key results that are bound to it later."""

    name: Final = "okr_kpi_values"
    sources: Final = frozenset({"kpi"})
    tables: Final[Sequence[Table]] = (tables.kpi_values,)

    async def apply(self, sql: AsyncConnection, events: Sequence[SourcedEvent]) -> None:
        values = [
            rows.kpi_value(event.record, value)
            for event in events
            if isinstance(value := event.record.event, KPIValueChanged)
        ]
        await upsert_rows(sql, tables.kpi_values, values)


def _rows(record: RecordedEvent) -> list[tuple[Table, dict[str, Any]]]:
    event = record.event
    match event:
        case CycleOpened():
            return [
                (tables.cycles, rows.cycle(record, event)),
                (tables.cycle_steps, rows.cycle_step(record)),
            ]
        case ObjectiveDrafted():
            return [
                (tables.objectives, rows.objective(record, event)),
                (tables.objective_steps, rows.objective_step(record)),
            ]
        case _:
            row = _row(record, event)
            return [] if row is None else [row]


def _row(record: RecordedEvent, event: Event) -> tuple[Table, dict[str, Any]] | None:
    match event:
        case KeyResultUpdated():
            return tables.key_result_updates, rows.key_result_update(record, event)
        case KeyResultAdded():
            return tables.key_results, rows.key_result(record, event)
        case CheckInRecorded():
            return tables.check_ins, rows.check_in(record, event)
    if record.type in rows.CYCLE_STATES:
        return tables.cycle_steps, rows.cycle_step(record)
    if record.type in rows.OBJECTIVE_STATES:
        return tables.objective_steps, rows.objective_step(record)
    return None  # reservations of names show nowhere


PROJECTIONS: Final = (BoardProjection(), KPIValuesProjection())
