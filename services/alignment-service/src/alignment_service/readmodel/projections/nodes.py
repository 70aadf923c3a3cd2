from __future__ import annotations

from collections.abc import Sequence
from typing import Any, assert_never

from helmlog_events.contracts import okr
from helmlog_events.envelope import RecordedEvent, SourcedEvent
from helmlog_events.pipeline.write import insert_rows
from sqlalchemy import Table, bindparam, or_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from alignment_service.domain.course import create_course
from alignment_service.readmodel import tables
from alignment_service.readmodel.projections.changes import Changes

Row = dict[str, Any]
Rows = list[Row]


class NodesProjection:
    """Cycles, objectives and key results as they stand, and where their progress does."""

    name = "alignment_nodes"
    sources = frozenset({"okr"})
    tables: Sequence[Table] = (tables.cycles, tables.objectives, tables.key_results)

    async def apply(self, sql: AsyncConnection, events: Sequence[SourcedEvent]) -> None:
        batch = _Batch()
        for _, record in events:
            batch.take(record)
        await batch.write(sql)


class _Batch:
    """What a batch of events makes and changes."""

    def __init__(self) -> None:
        self._made: dict[Table, Rows] = {table: [] for table in NodesProjection.tables}
        self._changed = {table: Changes(table) for table in NodesProjection.tables}
        self._measured: Rows = []

    def take(self, record: RecordedEvent) -> None:
        match record.event:
            case okr.CycleOpened() | okr.CycleRevised() as event:
                self._take_cycle(event, record)
            case okr.ObjectiveDrafted() | okr.ObjectiveRevised() | okr.ObjectiveClosed() as event:
                self._take_objective(event, record)
            case okr.KeyResultAdded() as event:
                row = {"tenant": record.tenant} | _key_result(event, record)
                self._made[tables.key_results].append(row)
            case okr.KeyResultRevised() | okr.KeyResultMoved() | okr.KeyResultCancelled() as event:
                self._changed[tables.key_results].set(
                    record.tenant, event.key_result_id, **_changes(event, record)
                )
            case okr.KeyResultUpdated() as event:
                self._measured.append(_measure(event, record))

    def _take_cycle(self, event: okr.CycleOpened | okr.CycleRevised, record: RecordedEvent) -> None:
        match event:
            case okr.CycleOpened():
                row = {"tenant": record.tenant, "cycle_id": event.cycle_id} | _plan(event)
                self._made[tables.cycles].append(row)
            case okr.CycleRevised():
                changes = self._changed[tables.cycles]
                changes.set(record.tenant, event.cycle_id, **_plan(event.after))
            case _ as unreachable:
                assert_never(unreachable)

    def _take_objective(
        self,
        event: okr.ObjectiveDrafted | okr.ObjectiveRevised | okr.ObjectiveClosed,
        record: RecordedEvent,
    ) -> None:
        changes = self._changed[tables.objectives]
        match event:
            case okr.ObjectiveDrafted():
                row = {"tenant": record.tenant} | _objective(event, record)
                self._made[tables.objectives].append(row)
            case okr.ObjectiveRevised():
                shown = event.after.model_dump(include={"title", "level", "team", "owner"})
                changes.set(record.tenant, event.objective_id, **shown)
            case okr.ObjectiveClosed():
                changes.set(record.tenant, event.objective_id, closed=True)
            case _ as unreachable:
                assert_never(unreachable)

    async def write(self, sql: AsyncConnection) -> None:
        for table, rows in self._made.items():
            await insert_rows(sql, table, rows)
            await self._changed[table].write(sql)
        if self._measured:
            await sql.execute(_MEASURE, self._measured)


def _plan(plan: okr.CycleOpened | okr.CyclePlan) -> Row:
    course = create_course(plan.starts_on, plan.ends_on, plan.timezone)
    return {"name": plan.name, "starts_at": course.starts_at, "ends_at": course.ends_at}


def _objective(event: okr.ObjectiveDrafted, record: RecordedEvent) -> Row:
    shown = {"objective_id", "cycle_id", "title", "level", "team", "owner"}
    above = event.contributes_to
    return event.model_dump(include=shown) | {
        "closed": False,
        "drafted_at": record.occurred_at,
        "drafted_under_type": None if above is None else above.type,
        "drafted_under_id": None if above is None else above.id,
    }


def _key_result(event: okr.KeyResultAdded, record: RecordedEvent) -> Row:
    shown = {"key_result_id", "objective_id", "cycle_id", "title", "weight", "kpi_id"}
    return event.model_dump(include=shown) | {
        "added_at": record.occurred_at,
        "placed_at": record.occurred_at,
        "counted_seq": record.seq,
        "cancelled": False,
        **_bound(record),
    }


def _changes(
    event: okr.KeyResultRevised | okr.KeyResultMoved | okr.KeyResultCancelled,
    record: RecordedEvent,
) -> Row:
    match event:
        case okr.KeyResultRevised():
            changed: Row = event.after.model_dump(include={"title", "weight", "kpi_id"})
            if event.after.weight != event.before.weight:
                changed |= {"counted_seq": record.seq}
            if event.after.kpi_id != event.before.kpi_id:
                changed |= _bound(record)
            return changed
        case okr.KeyResultMoved():
            placed = {"objective_id": event.objective_id, "placed_at": record.occurred_at}
            return placed | {"counted_seq": record.seq} | _bound(record)
        case okr.KeyResultCancelled():
            return {"cancelled": True, "counted_seq": record.seq}
        case _ as unreachable:
            assert_never(unreachable)


def _measure(event: okr.KeyResultUpdated, record: RecordedEvent) -> Row:
    return {
        "of_tenant": record.tenant,
        "of": event.key_result_id,
        "progress": event.progress,
        "status": event.status,
        "measured_at": record.occurred_at,
        "measured_seq": record.seq,
    }


def _bound(record: RecordedEvent) -> Row:
    return {"bound_at": record.occurred_at, "bound_recorded_at": record.recorded_at}


# A late value for an earlier time is history; it doesn't replace what holds now.
_MEASURE = (
    update(tables.key_results)
    .where(
        tables.key_results.c.tenant == bindparam("of_tenant"),
        tables.key_results.c.key_result_id == bindparam("of"),
        or_(
            tables.key_results.c.measured_at.is_(None),
            tables.key_results.c.measured_at <= bindparam("measured_at"),
        ),
    )
    .values(
        progress=bindparam("progress"),
        status=bindparam("status"),
        measured_at=bindparam("measured_at"),
        measured_seq=bindparam("measured_seq"),
    )
)
