from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any, Final

from helmlog_events.contracts.alignment import LinkAdded, LinkRemoved
from helmlog_events.contracts.kpi import KPIDefined, KPIValueChanged
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
from helmlog_events.pipeline.write import insert_rows, upsert_rows
from helmlog_events.store.postgres.connections import driver
from helmlog_events.store.postgres.rows import read_stream
from sqlalchemy import Table
from sqlalchemy.ext.asyncio import AsyncConnection

from okr_service.domain.aggregates import CYCLE
from okr_service.domain.cycle.state import NoCycle
from okr_service.domain.definitions import part_of
from okr_service.readmodel import rows, tables
from okr_service.readmodel.words import CommentsProjection, SearchProjection


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


class ContributionsProjection:
    """What contributes to what, as alignment tells it."""

    name: Final = "okr_contributions"
    sources: Final = frozenset({"alignment"})
    tables: Final[Sequence[Table]] = (tables.contributions,)

    async def apply(self, sql: AsyncConnection, events: Sequence[SourcedEvent]) -> None:
        told = [
            row
            for event in events
            if isinstance(link := event.record.event, LinkAdded | LinkRemoved)
            and link.kind == "contributes"
            for row in rows.contributions(event.record, link)
        ]
        await insert_rows(sql, tables.contributions, told)


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
        timers: list[rows.Row] = []
        for record in newest.values():
            stream = await read_stream(raw, record.tenant, record.stream, up_to_seq=record.seq)
            cycle = CYCLE.initial
            for known in stream:
                cycle = CYCLE.evolve(cycle, known.event)
            if not isinstance(cycle, NoCycle):
                timers.append(rows.cycle_timer(record, cycle))
        await upsert_rows(sql, tables.cycle_timers, timers)


class FiscalCalendarsProjection:
    name: Final = "okr_fiscal_calendars"
    sources: Final = frozenset({"okr"})
    tables: Final[Sequence[Table]] = (tables.fiscal_calendars,)

    async def apply(self, sql: AsyncConnection, events: Sequence[SourcedEvent]) -> None:
        defined = [
            rows.fiscal_calendar(event.record, calendar)
            for event in events
            if isinstance(calendar := event.record.event, FiscalCalendarDefined)
        ]
        await insert_rows(sql, tables.fiscal_calendars, defined)


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


class ImportsProjection:
    """What each import did, to be found by its id or its cycle."""

    name: Final = "okr_imports"
    sources: Final = frozenset({"okr"})
    tables: Final[Sequence[Table]] = (tables.imports,)

    async def apply(self, sql: AsyncConnection, events: Sequence[SourcedEvent]) -> None:
        done = [
            rows.rows_imported(event.record, told)
            for event in events
            # An import of many new keys tells the others in events of their own, of no rows.
            if isinstance(told := event.record.event, RowsImported) and told.rows
        ]
        await insert_rows(sql, tables.imports, done)


class KPIsProjection:
    """Which KPI has which slug, for key results that name the KPI that would fit."""

    name: Final = "okr_kpis"
    sources: Final = frozenset({"kpi"})
    tables: Final[Sequence[Table]] = (tables.kpis,)

    async def apply(self, sql: AsyncConnection, events: Sequence[SourcedEvent]) -> None:
        defined = [
            rows.kpi(event.record, told)
            for event in events
            if isinstance(told := event.record.event, KPIDefined)
        ]
        await insert_rows(sql, tables.kpis, defined)


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


PROJECTIONS: Final = (
    BoardProjection(),
    ContributionsProjection(),
    CycleTimersProjection(),
    FiscalCalendarsProjection(),
    KPIValuesProjection(),
    KPIBreachesProjection(),
    CommentsProjection(),
    SearchProjection(),
    ImportsProjection(),
    KPIsProjection(),
)
