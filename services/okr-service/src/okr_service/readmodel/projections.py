from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any, Final

from helmlog_events.contracts.kpi import KPIValueChanged
from helmlog_events.contracts.okr import (
    CycleOpened,
    CycleRevised,
    KeyResultAdded,
    KeyResultDefinition,
    KeyResultRevised,
    KeyResultUpdated,
)
from helmlog_events.envelope import RecordedEvent, SourcedEvent
from helmlog_events.pipeline.write import insert_rows
from sqlalchemy import Table
from sqlalchemy.ext.asyncio import AsyncConnection

from okr_service.domain.definitions import part_of
from okr_service.readmodel import rows, tables


class BoardProjection:
    """Where a cycle's events stand, and what its key results came to."""

    name: Final = "okr_board"
    sources: Final = frozenset({"okr"})
    tables: Final[Sequence[Table]] = (
        tables.cycle_entries,
        tables.cycles,
        tables.key_result_updates,
        tables.kpi_bindings,
    )

    async def apply(self, sql: AsyncConnection, events: Sequence[SourcedEvent]) -> None:
        batch: dict[Table, list[dict[str, Any]]] = defaultdict(list)
        for event in events:
            for table, row in _rows(event.record):
                batch[table].append(row)
        for table, new in batch.items():
            await insert_rows(sql, table, new)


class KPIValuesProjection:
    """What KPIs came to, for key results that are bound or resolved later."""

    name: Final = "okr_kpi_values"
    sources: Final = frozenset({"kpi"})
    tables: Final[Sequence[Table]] = (tables.kpi_values,)

    async def apply(self, sql: AsyncConnection, events: Sequence[SourcedEvent]) -> None:
        values = [
            rows.kpi_value(event.record, value)
            for event in events
            if isinstance(value := event.record.event, KPIValueChanged)
        ]
        await insert_rows(sql, tables.kpi_values, values)


class KPIBreachesProjection:
    """Which KPIs are in breach, for key results that they guard now or later."""

    name: Final = "okr_kpi_breaches"
    sources: Final = frozenset({"kpi"})
    tables: Final[Sequence[Table]] = (tables.kpi_breaches,)

    async def apply(self, sql: AsyncConnection, events: Sequence[SourcedEvent]) -> None:
        breaches = [
            rows.kpi_breach(event.record, breach)
            for event in events
            if isinstance(breach := event.record.event, rows.BreachEvent)
        ]
        await insert_rows(sql, tables.kpi_breaches, breaches)


def _rows(record: RecordedEvent) -> Iterator[tuple[Table, dict[str, Any]]]:
    event = record.event
    if isinstance(event, KeyResultUpdated):
        yield tables.key_result_updates, rows.key_result_update(record, event)
        return
    cycle_id = getattr(event, "cycle_id", None)
    if cycle_id is None:
        return  # reservations of names, the organisation: of no cycle
    yield tables.cycle_entries, rows.cycle_entry(record, cycle_id)
    match event:
        case CycleOpened():
            yield tables.cycles, rows.cycle(record, cycle_id, event)
        case CycleRevised():
            yield tables.cycles, rows.cycle(record, cycle_id, event.after)
        case KeyResultAdded():
            definition = part_of(event, KeyResultDefinition)
            for row in rows.kpi_bindings(record, event.key_result_id, cycle_id, definition):
                yield tables.kpi_bindings, row
        case KeyResultRevised():
            for row in rows.kpi_bindings(record, event.key_result_id, cycle_id, event.after):
                yield tables.kpi_bindings, row


PROJECTIONS: Final = (BoardProjection(), KPIValuesProjection(), KPIBreachesProjection())
