from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any, Final

from helmlog_events.contracts.alignment import LinkAdded, LinkRemoved
from helmlog_events.contracts.kpi import (
    KPIDefined,
    KPIThresholdBreached,
    KPIThresholdEscalated,
    KPIThresholdRecovered,
    KPIValueChanged,
)
from helmlog_events.contracts.okr import (
    CycleOpened,
    CycleRevised,
    FiscalCalendarDefined,
    KeyResultAdded,
    KeyResultDefinition,
    KeyResultRevised,
    KeyResultUpdated,
    RowsImported,
)
from helmlog_events.envelope import RecordedEvent, SourcedEvent
from helmlog_events.ids import stream_category
from helmlog_events.pipeline.rows_of import Row, RowsOf
from helmlog_events.pipeline.write import insert_rows, upsert_rows
from helmlog_events.store.postgres.connections import driver
from helmlog_events.store.postgres.rows import read_stream
from sqlalchemy import Table
from sqlalchemy.ext.asyncio import AsyncConnection

from okr_service.domain.aggregates import CYCLE
from okr_service.domain.cycle.state import NoCycle
from okr_service.domain.definitions import part_of
from okr_service.readmodel import rows, tables
from okr_service.readmodel.words import COMMENTS, SEARCH


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


class CycleTimersProjection:
    """What state each cycle is in, and which step it takes next by itself.

    A plan, settings and steps come in events of their own: each cycle is folded from its stream, up
    to the event at hand.
    """

    name: Final = "okr_cycle_timers"
    sources: Final = frozenset({"okr"})
    tables: Final[Sequence[Table]] = (tables.cycle_timers,)

    async def apply(self, sql: AsyncConnection, events: Sequence[SourcedEvent]) -> None:
        newest = {
            (event.record.tenant, event.record.stream): event.record
            for event in events
            if stream_category(event.record.stream) == CYCLE.category
        }
        raw = await driver(sql)
        timers: list[Row] = []
        for record in newest.values():
            stream = await read_stream(raw, record.tenant, record.stream, up_to_seq=record.seq)
            cycle = CYCLE.initial
            for known in stream:
                cycle = CYCLE.evolve(cycle, known.event)
            if not isinstance(cycle, NoCycle):
                timers.append(rows.cycle_timer(record, cycle))
        await upsert_rows(sql, tables.cycle_timers, timers)


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


CONTRIBUTIONS: Final = RowsOf(
    "okr_contributions",
    "alignment",
    tables.contributions,
    (LinkAdded, LinkRemoved),
    rows.contributions,
)
"""What contributes to what, as alignment tells it."""

FISCAL_CALENDARS: Final = RowsOf(
    "okr_fiscal_calendars",
    "okr",
    tables.fiscal_calendars,
    (FiscalCalendarDefined,),
    rows.fiscal_calendar,
)

KPI_VALUES: Final = RowsOf(
    "okr_kpi_values", "kpi", tables.kpi_values, (KPIValueChanged,), rows.kpi_value
)
"""What KPIs came to, for key results that are bound or resolved later."""

KPI_BREACHES: Final = RowsOf(
    "okr_kpi_breaches",
    "kpi",
    tables.kpi_breaches,
    (KPIThresholdBreached, KPIThresholdEscalated, KPIThresholdRecovered),
    rows.kpi_breach,
)
"""Which KPIs are in breach, for key results that they guard now or later."""

IMPORTS: Final = RowsOf("okr_imports", "okr", tables.imports, (RowsImported,), rows.rows_imported)
"""What each import did, to be found by its id or its cycle."""

KPIS: Final = RowsOf("okr_kpis", "kpi", tables.kpis, (KPIDefined,), rows.kpi)
"""Which KPI has which slug, for key results that name the KPI that would fit."""

PROJECTIONS: Final = (
    BoardProjection(),
    CONTRIBUTIONS,
    CycleTimersProjection(),
    FISCAL_CALENDARS,
    KPI_VALUES,
    KPI_BREACHES,
    COMMENTS,
    SEARCH,
    IMPORTS,
    KPIS,
)
